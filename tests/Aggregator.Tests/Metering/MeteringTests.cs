using System.Numerics;
using CsCheck;
using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Tests.Metering.Days;
using LaunchStack.Aggregator.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>Day lines in a real database.</summary>
public sealed class MeteringTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private static readonly DateOnly First = UtcDay.Of(TimeProvider.System.GetUtcNow()).AddDays(-6);
    private MeteringDatabase _metering = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private NpgsqlDataSource Source => _metering.Source;

    public async ValueTask InitializeAsync() => _metering = await MeteringDatabase.ResetAsync(shared);

    public ValueTask DisposeAsync() => default;

    // Whatever comes for a day after its first line must have been noted as a change.
    [Fact]
    public async Task A_day_is_settled_after_its_late_samples_are_noted() => Assert.True(MeteringPasses.Settle > await Source.ScalarAsync<TimeSpan>(
        "SELECT substring(pg_get_triggerdef(oid) FROM '''([0-9:]+)''::interval')::interval FROM pg_trigger WHERE tgname = 'resource_usage_late' AND tgrelid = 'resource_usage'::regclass"));

    /// <summary>
    /// Random lives of many instances, arriving in three waves in random order with duplicates, metered after each: the lines, the
    /// model and an SQL that shares nothing with either agree, and the lines of an earlier wave can be computed again afterwards.
    /// </summary>
    [Fact]
    public Task Whatever_arrives_when_lines_model_and_independent_sql_agree_to_the_last_integer() =>
        Gen.Select(Samples.Of(First, 4), Gen.Int[0, 2].Array[60]).Array[40].SampleAsync(async lives =>
        {
            var instances = lives.Select(_ => Guid.NewGuid()).ToArray();
            var all = lives.SelectMany((life, i) => life.Item1.Select((row, n) => (Instance: instances[i], Row: row, Wave: life.Item2[n % 60]))).ToList();
            var digests = new List<(DateTime Cutoff, Dictionary<Guid, string> Lines)>();
            for (var wave = 0; wave < 3; wave++)
            {
                var arriving = all.Where(s => s.Wave == wave || (s.Wave < wave && s.Row.Time % 5 == 0)).Select(s => (s.Instance, s.Row)).ToList();
                await _metering.InsertAsync(arriving);
                var pass = await _metering.MeterAsync();
                var known = all.Where(s => s.Wave <= wave).ToLookup(s => s.Instance, s => s.Row.Sample);
                foreach (var instance in instances)
                {
                    var lines = await _metering.Lines.OfInstanceAsync(instance, null, First, First.AddDays(9), Token);
                    var model = MeterModel.Of(known[instance]).Where(day => day.Value.CoveredMs > 0 || day.Value.Samples > 0).ToList();
                    Assert.Equal(
                        model.Select(day => (day.Key, day.Value.Quantities, day.Value.Samples, day.Value.Restarts)),
                        lines.Where(l => l.Samples > 0 || l.Quantities.CoveredMs > 0)
                            .Select(l => (l.Day.StartMilliseconds() / UtcDay.Milliseconds, l.Quantities, l.Samples, l.Restarts)));
                }
                digests.Add((pass.Cutoff.UtcDateTime, await DigestsAsync(First.AddDays(1), instances, pass.Cutoff.UtcDateTime)));
                Assert.Equal(await IndependentAsync(pass.Cutoff.UtcDateTime), await StoredAsync());
            }
            foreach (var (cutoff, before) in digests)
                Assert.Equal(before, await DigestsAsync(First.AddDays(1), instances, cutoff));
        }, iter: 1);

    [Fact]
    public async Task A_pass_over_nothing_new_changes_nothing()
    {
        await _metering.InsertAsync(Every(Guid.NewGuid(), First, 10, 500));
        Assert.Equal((1, 0), (await _metering.MeterAsync() is { } first ? first.Lines : 0, (await _metering.MeterAsync()).Lines));
    }

    [Fact]
    public async Task A_late_sample_before_midnight_changes_the_next_day_too_and_a_late_reading_the_next_day_that_has_one()
    {
        var instance = Guid.NewGuid();
        var evening = First.StartMilliseconds() * 1000 + 86_300_000_000;
        var reading = new SampleRow(0, 10, 1000, 1000, 0, 0);
        await _metering.InsertAsync(new[] { -60, -40, -20, 0 }.Select(s => (instance, reading with { Time = evening + s * 1_000_000, NetworkIn = 100 })));
        // Two days on, without a network reading on the first of them.
        await _metering.InsertAsync([
            (instance, reading with { Time = evening + 86_400_000_000, NetworkIn = null, NetworkOut = null }),
            (instance, reading with { Time = evening + 2 * 86_400_000_000, NetworkIn = 500 })]);
        await _metering.MeterAsync();
        var before = await _metering.Lines.OfInstanceAsync(instance, null, First, First.AddDays(5), Token);
        Assert.Equal([First, First.AddDays(1), First.AddDays(2)], before.Select(l => l.Day));
        Assert.Equal(400, before[2].Quantities.NetworkInBytes);

        await _metering.InsertAsync([(instance, reading with { Time = evening + 90_000_000, NetworkIn = 150 })]);
        await _metering.MeterAsync();
        var after = await _metering.Lines.OfInstanceAsync(instance, null, First, First.AddDays(5), Token);
        Assert.Equal(before[0].Quantities.NetworkInBytes + 50, after[0].Quantities.NetworkInBytes);
        Assert.Equal(before[1].Quantities.CoveredMs + 50_000, after[1].Quantities.CoveredMs);
        Assert.Equal(350, after[2].Quantities.NetworkInBytes);
    }

    [Fact]
    public async Task Samples_removed_or_marked_deleted_are_metered_no_more_and_raised_ones_anew()
    {
        var instance = Guid.NewGuid();
        await _metering.InsertAsync(Every(instance, First, 10, 100));
        await _metering.MeterAsync();
        await Source.RunAsync($"DELETE FROM resource_usage WHERE instance_id = '{instance}' AND \"timestamp\" > '{First.AddDays(0):yyyy-MM-dd} 00:10Z'");
        await Source.RunAsync($"UPDATE resource_usage SET deleted_at = now() WHERE instance_id = '{instance}' AND \"timestamp\" < '{First:yyyy-MM-dd} 00:05Z'");
        await Source.RunAsync($"UPDATE resource_usage SET memory_usage = 5000 WHERE instance_id = '{instance}' AND \"timestamp\" = '{First:yyyy-MM-dd} 00:08Z'");
        await _metering.MeterAsync();
        var line = Assert.Single(await _metering.Lines.OfInstanceAsync(instance, null, First, First.AddDays(1), Token));
        Assert.Equal(31, line.Samples);
        Assert.Equal((31 * 10_000 + 20_000) * 1000 + 10_000 * 4000, line.Quantities.MemoryByteMs);
    }

    [Fact]
    public async Task What_arrives_for_a_day_whose_samples_are_dropped_changes_nothing()
    {
        var instance = Guid.NewGuid();
        await _metering.InsertAsync(Every(instance, First, 10, 100).Concat(Every(instance, First.AddDays(1), 10, 100)));
        await _metering.MeterAsync();
        var before = await _metering.Lines.OfInstanceAsync(instance, null, First, First.AddDays(3), Token);
        await Source.RunAsync($"SELECT drop_chunks('resource_usage', older_than => '{First.AddDays(1):yyyy-MM-dd}Z'::timestamptz)");
        await Source.RunAsync($"INSERT INTO retention_progress VALUES ('resource_usage', '{First.AddDays(1):yyyy-MM-dd}Z')");

        await _metering.InsertAsync(Every(instance, First, 7, 3));
        await _metering.InsertAsync([(instance, new(First.AddDays(1).StartMilliseconds() * 1000 + 1_000_000_000, 1, 1, 1, 5_000_000, 0))]);
        await _metering.MeterAsync();
        var after = await _metering.Lines.OfInstanceAsync(instance, null, First, First.AddDays(3), Token);
        Assert.Equal(before[0], after[0]);
        Assert.Equal(101, after[1].Samples);
        // The first increase of the day still counts from the dropped reading that the line has kept.
        Assert.Equal(before[1].Quantities.NetworkInBytes, after[1].Quantities.NetworkInBytes - (5_000_000 - 99));
        Assert.Equal(0, await Source.ScalarAsync<long>("SELECT count(*) FROM usage_changes"));
    }

    [Fact]
    public async Task Two_runners_take_turns_and_one_that_lost_its_claim_writes_nothing()
    {
        await _metering.InsertAsync(Enumerable.Range(0, 30).SelectMany(_ => Every(Guid.NewGuid(), First, 10, 5)));
        await _metering.SettleAsync();
        var other = _metering.Runner();
        var passes = await Task.WhenAll(_metering.Passes.RunAsync(null, Token), other.RunAsync(null, Token));
        Assert.Equal(30, passes.Sum(pass => pass?.Lines ?? 0));
        Assert.Equal(30, await Source.ScalarAsync<long>("SELECT count(*) FROM usage_days"));

        var lost = new LaunchStack.Aggregator.Metering.MeteringClaim(Source);
        Assert.True(await lost.TakeAsync(Token));
        await Source.RunAsync("UPDATE metering_state SET claimed_by = gen_random_uuid()");
        await using var connection = await Source.OpenConnectionAsync(Token);
        await Assert.ThrowsAsync<LaunchStack.Aggregator.Metering.ClaimLostException>(() => lost.BeginAsync(connection, Token));
        Assert.Null(await _metering.Passes.RunAsync(null, Token));
    }

    [Fact]
    public async Task A_second_pass_of_one_runner_neither_runs_beside_the_first_nor_gives_its_claim_away()
    {
        await _metering.InsertAsync(Every(Guid.NewGuid(), First, 10, 5));
        await _metering.SettleAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var passes = _metering.Runner(time: time);
        var first = passes.RunAsync(null, Token);
        await Wait.UntilAsync(() => Source.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM usage_days)"), "the first is between two steps");

        Assert.Null(await passes.RunAsync(null, Token));
        Assert.Null(await _metering.Runner().RunAsync(null, Token));
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return first.IsCompleted;
        }, "the first ends");
        Assert.Equal(1, (await first)?.Lines);
        Assert.NotNull(await passes.RunAsync(null, Token));
    }

    [Fact]
    public async Task Another_gap_rule_counts_from_the_next_day_on()
    {
        var rules = new LaunchStack.Aggregator.Metering.GapRuleStore(Source);
        await rules.ApplyAsync(TimeSpan.FromSeconds(90), Token);
        var context = await _metering.Reader.ContextAsync(Token);
        Assert.Equal(90_000, context.On(First).Bound);

        await _metering.InsertAsync(Every(Guid.NewGuid(), First, 10, 5));
        await _metering.MeterAsync();
        await rules.ApplyAsync(null, Token);
        context = await _metering.Reader.ContextAsync(Token);
        var today = UtcDay.Of(TimeProvider.System.GetUtcNow());
        Assert.Equal((90_000, GapRule.MaxMilliseconds), (context.On(today).Bound, context.On(today.AddDays(2)).Bound));
    }

    /// <summary>Samples every <paramref name="seconds"/> from midnight, 1000 bytes of memory, one byte of traffic each.</summary>
    internal static IEnumerable<(Guid Instance, SampleRow Row)> Every(Guid instance, DateOnly day, int seconds, int count) =>
        Enumerable.Range(0, count).Select(i => (instance, new SampleRow((day.StartMilliseconds() + i * seconds * 1000L) * 1000, 50, 1000, 1000, i, i)));

    private async Task<Dictionary<Guid, string>> DigestsAsync(DateOnly day, Guid[] instances, DateTime cutoff) =>
        (await _metering.Reader.ComputeAsync(day, instances, cutoff, await _metering.Reader.ContextAsync(Token), Token))
            .ToDictionary(line => line.Line.InstanceId, line => line.Line.Digest());

    private async Task<List<string>> IndependentAsync(DateTime cutoff)
    {
        var sql = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "bench", "metering", "independent.sql"), Token);
        await using var batch = Source.CreateBatch();
        batch.BatchCommands.Add(new(
            $"SELECT set_config('metering.cutoff', '{cutoff:O}', false), set_config('metering.first_day', '2000-01-01', false), set_config('metering.last_day', '{First.AddDays(8):yyyy-MM-dd}', false)"));
        batch.BatchCommands.Add(new($"SELECT digest FROM ({sql}) d WHERE samples > 0 OR covered_ms > 0 ORDER BY 1"));
        await using var reader = await batch.ExecuteReaderAsync(Token);
        await reader.NextResultAsync(Token);
        return await TextsAsync(reader);
    }

    private async Task<List<string>> StoredAsync()
    {
        await using var command = Source.CreateCommand("SELECT digest FROM usage_days WHERE samples > 0 OR covered_ms > 0 ORDER BY 1");
        await using var reader = await command.ExecuteReaderAsync(Token);
        return await TextsAsync(reader);
    }

    private static async Task<List<string>> TextsAsync(NpgsqlDataReader reader)
    {
        var texts = new List<string>();
        while (await reader.ReadAsync(Token))
            texts.Add(reader.GetString(0));
        return texts;
    }
}
