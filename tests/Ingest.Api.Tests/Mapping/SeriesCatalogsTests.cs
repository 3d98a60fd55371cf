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
        var options = Options.Create(new MappingOptions { MaxMemory = 1 << 20 });
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

    [Fact]
    public void All_together_are_bounded_and_the_largest_makes_room()
    {
        var small = Use(Owner(), 20);
        for (var i = 0; i < 20; i++)
        {
            Use(Owner(), 400);
            Assert.Equal(20, small.Count);
        }
        var greedy = Owner();
        for (var i = 1; i < 20; i++)
            Assert.InRange(Use(greedy, 400 * i).Size, 1, 1 << 20);
        Assert.Equal(20, small.Count);
    }

    private static SeriesOwner Owner() => new(Guid.NewGuid(), null);

    private SeriesCatalog Use(SeriesOwner owner, int series = 0)
    {
        var catalog = _catalogs.Take(owner);
        for (var i = 0; i < series; i++)
            catalog.Get(new(WireProtocol.Collectd, $"{i}", []), out _);
        _catalogs.GiveBack(owner);
        return catalog;
    }
}
