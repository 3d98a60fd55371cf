using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Ingest.Api.Tests.Bodies;

public class BodyMemoryTests
{
    private static readonly Guid Instance = new("5b0c1111-2222-4333-8444-555566667777");
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly BodyMemory _memory = new(Options.Create(new BodyOptions { MaxBytesHeld = 100_000 }));

    [Fact]
    public async Task A_large_body_is_kept_once_for_all_threads()
    {
        var memory = new BodyMemory(Options.Create(new BodyOptions()));
        var large = memory.Rent(3_000_000);
        Assert.Equal((1 << 22, 1 << 22), (large.Length, memory.Held));
        memory.Return(large);
        Assert.Equal(0, memory.Held);
        Assert.Same(large, await Task.Factory.StartNew(() => memory.Rent(3_000_000), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    [Fact]
    public void What_is_given_back_is_what_was_taken_when_the_pool_gives_more()
    {
        var memory = new BodyMemory(Options.Create(new BodyOptions()));
        foreach (var length in (int[])[2 << 20, 4 << 20])
            memory.Return(memory.Rent(length));

        var both = new[] { memory.Rent(2 << 20), memory.Rent(2 << 20) };
        Assert.Equal(both.Sum(array => array.Length), memory.Held);
        foreach (var array in both)
            memory.Return(array);
        Assert.Equal(0, memory.Held);
    }

    [Fact]
    public void One_user_leaves_a_part_to_the_others_whatever_his_keys()
    {
        static ApiKey Key(Guid user) => new(Guid.NewGuid(), "test", [Scopes.Ingest], user, null, false, null, null, null, default, null, null, null);
        var (user, memory) = (Guid.NewGuid(), new BodyMemory(Options.Create(new BodyOptions { MaxBytesHeld = 128_000 })));
        for (var held = 0; held < 96_000; held += 1_000)
            memory.Of(Key(user)).Take(1_000);
        Assert.Throws<TooManyRequestsException>(() => memory.Of(Key(user)).Take(1_000));
        memory.Of(null).Take(20_000);
        memory.Of(Key(Guid.NewGuid())).Take(10_000);
        Assert.Equal((96_000, 126_000), (memory.Of(Key(user)).Held, memory.Held));
        memory.Of(Key(user)).Give(96_000);
        memory.Of(null).Take(90_000);
    }

    [Fact]
    public void Samples_count_as_held_until_their_batch_goes()
    {
        using (var batch = new UsageBatch(SampleWindow.Unbounded))
        {
            batch.Samples.Budget = _memory;
            Assert.Throws<TooManyRequestsException>(() => Fill(() => batch.Add(0, Instance, 0, new() { CpuUsage = 1 })));
            Assert.Equal((1024, 1024 * SampleRow.Size), (batch.Samples.Count, _memory.Held));
        }
        Assert.Equal(0, _memory.Held);
    }

    [Fact]
    public void Values_of_series_count_as_held_until_their_batch_goes()
    {
        var options = new MappingOptions();
        var catalog = new SeriesCatalog(new MappingTable(Options.Create(options)), options);
        using (var batch = new SeriesBatch(SeriesOwner.Platform, catalog, _memory))
        {
            var series = batch.Get(new SeriesDescription(WireProtocol.Influx, "docker_container_mem.usage", [new("container_name", "n8n")]));
            Assert.Throws<TooManyRequestsException>(() => Fill(() => batch.Add(series, 0, 1)));
            Assert.Equal(2048 * SeriesPoint.Bytes, _memory.Held);
        }
        Assert.Equal(0, _memory.Held);
    }

    private static void Fill(Action add)
    {
        for (var i = 0; i < 10_000; i++)
            add();
    }
}
