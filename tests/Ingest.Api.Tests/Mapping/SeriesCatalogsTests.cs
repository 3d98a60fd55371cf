using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public sealed class SeriesCatalogsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SeriesCatalogs _catalogs;

    public SeriesCatalogsTests()
    {
        var options = Options.Create(new MappingOptions());
        _catalogs = new(new MappingTable(options), options, _time);
    }

    [Fact]
    public void That_of_an_owner_who_is_silent_for_long_is_dropped_when_another_comes_and_no_other()
    {
        var (silent, speaking) = (Owner(), Owner());
        var (dropped, kept) = (Use(silent), Use(speaking));
        _time.Advance(TimeSpan.FromDays(0.6));
        Assert.Same(kept, Use(speaking));
        _time.Advance(TimeSpan.FromDays(0.6));
        Use(Owner());
        Assert.Same(kept, Use(speaking));
        Assert.NotSame(dropped, Use(silent));
    }

    [Fact]
    public void One_that_a_request_holds_stays_however_long_that_takes()
    {
        var owner = Owner();
        var catalog = _catalogs.Take(owner);
        using (new SeriesBatch(owner, catalog, new BodyMemory(Options.Create(new BodyOptions()))) { Lender = _catalogs })
        {
            _time.Advance(TimeSpan.FromDays(2));
            Use(Owner());
            Assert.Same(catalog, Use(owner));
        }
        // Its silence begins with its last request's end.
        Use(Owner());
        Assert.Same(catalog, Use(owner));
        _time.Advance(TimeSpan.FromDays(2));
        Use(Owner());
        Assert.NotSame(catalog, Use(owner));
    }

    private static SeriesOwner Owner() => new(Guid.NewGuid(), null);

    private SeriesCatalog Use(SeriesOwner owner)
    {
        var catalog = _catalogs.Take(owner);
        _catalogs.GiveBack(owner);
        return catalog;
    }
}
