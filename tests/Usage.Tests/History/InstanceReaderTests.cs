using System.Globalization;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.History;

/// <summary>The list of instances over a real database.</summary>
public sealed class InstanceReaderTests : IAsyncLifetime
{
    // Young enough for the retention policy, which a server with background workers runs.
    private static readonly DateTimeOffset Start = TimeBucket.Floor(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
    private static readonly Guid User = Guid.NewGuid();

    private readonly List<InstanceSummary> _all = [];
    private TestTimescale _database = null!;
    private UsageReader _reader = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestTimescale.CreateAsync();
        _reader = new(new DatabaseExecutor(_database.DataSource, TimeProvider.System));
        await _database.DataSource.RunAsync($"INSERT INTO users (id) VALUES ('{User}')");
        string[] names = ["beta", "Alpha", "alpha", "Ünïcode % _", "gamma", "", "ALPHA 2", new('z', 300)];
        var samples = new List<UsageSample>();
        for (var i = 0; i < 24; i++)
        {
            // Every third has sent nothing, so that each order has instances without a value; every second equals another one.
            var summary = new InstanceSummary(
                Guid.NewGuid(), names[i % names.Length], i % 2 == 0 ? "running" : "stopped", "", i % 4 == 0 ? User : null,
                LastSeenAt: i % 6 == 0 ? Start.AddMinutes(i) : null);
            await _database.DataSource.RunAsync(
                $"""
                INSERT INTO instances (id, name, status, user_id, last_seen_at) VALUES
                ('{summary.InstanceId}', '{summary.Name}', '{summary.Status}', {(summary.UserId is null ? "NULL" : $"'{User}'")},
                 {(summary.LastSeenAt is { } seen ? $"'{seen:O}'" : "NULL")})
                """);
            if (i % 3 != 0)
            {
                var sample = new UsageSample(summary.InstanceId, Start.AddSeconds(i / 2), new() { CpuUsage = i / 2 / 3.0, MemoryUsage = i / 2, MemoryLimit = 7, DiskUsage = -(i / 2) });
                samples.Add(sample);
                samples.Add(sample with { Timestamp = Start.AddDays(-1), Values = new() { CpuUsage = 1000 } });
                summary = summary with { LastSampleAt = sample.Timestamp, CpuUsage = i / 2 / 3.0, MemoryUsage = i / 2, MemoryLimit = 7, MemoryPercentage = i / 2 * 100.0 / 7, DiskUsage = -(i / 2) };
            }
            _all.Add(summary);
        }
        await UsageTable.InsertAsync(_database.DataSource, samples);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Every_order_has_each_instance_once_over_pages_of_every_size_those_without_a_value_last()
    {
        foreach (var sort in Enum.GetValues<InstanceSort>())
        {
            foreach (var descending in new[] { false, true })
            {
                var order = new InstanceOrder(sort, descending);
                var whole = await PagesAsync(new() { Order = order, Limit = 1000 });
                Assert.Equal(_all.Select(i => i.InstanceId).Order(), whole.Select(i => i.InstanceId).Order());
                Assert.Equal(_all.ToDictionary(i => i.InstanceId), whole.ToDictionary(i => i.InstanceId, i => i with { Liveness = "" }));
                foreach (var (a, b) in whole.Zip(whole.Skip(1)))
                    Assert.True(IsSorted(Key(a, sort), Key(b, sort), a, b, descending), $"{order}: {a} before {b}");
                foreach (var limit in new[] { 1, 5, 24 })
                    Assert.Equal(whole, await PagesAsync(new() { Order = order, Limit = limit }));
            }
        }
    }

    [Fact]
    public async Task Instances_that_come_and_go_between_two_pages_move_nobody_to_another_one()
    {
        var first = await _reader.InstancesAsync(new() { Order = new(InstanceSort.Name), Limit = 6 }, Token);
        await _database.DataSource.RunAsync("INSERT INTO instances (name) VALUES (''), ('a'), ('zzzz')");
        await _database.DataSource.RunAsync($"UPDATE instances SET deleted_at = now() WHERE id = '{first.Instances[^1].InstanceId}'");

        var rest = await PagesAsync(new() { Order = new(InstanceSort.Name), Limit = 6, After = first.Next });
        var shown = first.Instances.Concat(rest).Select(i => i.InstanceId).ToList();
        Assert.Equal(shown.Count, shown.Distinct().Count());
        Assert.Empty(_all.Select(i => i.InstanceId).Except(shown));
    }

    [Theory]
    [InlineData("ALPHA", null, false, 9)]
    [InlineData("%", null, false, 3)]
    [InlineData("_", null, false, 3)]
    [InlineData("ü", null, false, 3)]
    [InlineData("alpha", "stopped", false, 3)]
    [InlineData(null, "running", true, 6)]
    [InlineData("", null, false, 24)]
    [InlineData("no such name", null, false, 0)]
    [InlineData(null, "no such state", false, 0)]
    public async Task What_is_searched_for_is_found_and_nothing_else(string? search, string? state, bool ofUser, int count)
    {
        var found = await PagesAsync(new() { Search = search, State = state, User = ofUser ? User : null, Limit = 4, Order = new(InstanceSort.CpuUsage, true) });

        Assert.Equal(count, found.Count);
        Assert.All(found, i => Assert.True(
            i.Name.Contains(search ?? "", StringComparison.OrdinalIgnoreCase) && (state is null || i.Status == state) && (!ofUser || i.UserId == User)));
    }

    [Theory]
    [InlineData("NULL", null, null, "new")]
    [InlineData("''", null, 20, "running")]
    [InlineData("'running'", 20, null, "running")]
    [InlineData("'Active'", 20, 600, "running")]
    [InlineData("'running'", 600, null, "silent")]
    [InlineData("NULL", null, 600, "silent")]
    [InlineData("'stopped'", 20, 20, "stopped")]
    [InlineData("'exited'", null, null, "exited")]
    public async Task Liveness_is_what_was_registered_and_what_was_heard_and_a_filter_finds_it(string status, int? seenAgo, int? sampleAgo, string liveness)
    {
        var id = Guid.NewGuid();
        await _database.DataSource.RunAsync($"INSERT INTO instances (id, name, status, last_seen_at) VALUES ('{id}', 'lively', {status}, now() - interval '1 second' * {seenAgo?.ToString(CultureInfo.InvariantCulture) ?? "NULL"})");
        if (sampleAgo is { } ago)
            await UsageTable.InsertAsync(_database.DataSource, [new(id, TimeProvider.System.GetUtcNow().AddSeconds(-ago), new() { CpuUsage = 1 })]);

        Assert.Equal(liveness, Assert.Single(await PagesAsync(new() { Only = id })).Liveness);
        foreach (var asked in new[] { "new", "running", "silent", "stopped", "exited" })
            Assert.Equal(asked == liveness ? 1 : 0, (await PagesAsync(new() { Search = "lively", Liveness = asked })).Count);
    }

    [Fact]
    public void No_text_that_a_client_makes_up_is_a_cursor_that_fails()
    {
        foreach (var text in new[] { "", "x", "!", "AAAA", Encode("name"), Encode("name x"), Encode($"nothing {Guid.Empty:N}"), Encode($"cpu_usage {Guid.Empty:N} x"), Encode($"last_seen {Guid.Empty:N} 1e9"), Encode($"name {Guid.Empty:N} a\0"), Encode($"id {Guid.Empty:N} 1"), new('A', 5000) })
            Assert.False(InstanceCursor.TryParse(text, out _), text);

        static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private async Task<List<InstanceSummary>> PagesAsync(InstanceQuery query)
    {
        var found = new List<InstanceSummary>();
        while (true)
        {
            var page = await _reader.InstancesAsync(query, Token);
            Assert.True(page.Instances.Count == query.Limit || page.Next is null);
            found.AddRange(page.Instances);
            if (page.Next is null)
                return found;
            // As it travels.
            Assert.True(InstanceCursor.TryParse(page.Next.ToString(), out var after));
            query = query with { After = after };
        }
    }

    private static object? Key(InstanceSummary i, InstanceSort sort) => sort switch
    {
        InstanceSort.Name => i.Name.ToLower(CultureInfo.InvariantCulture),
        InstanceSort.LastSeen => i.LastSeenAt ?? i.LastSampleAt,
        InstanceSort.CpuUsage => i.CpuUsage,
        InstanceSort.MemoryUsage => i.MemoryUsage,
        InstanceSort.MemoryPercentage => i.MemoryPercentage,
        InstanceSort.DiskUsage => i.DiskUsage,
        _ => null,
    };

    // How names are sorted is the database's affair.
    private static bool IsSorted(object? a, object? b, InstanceSummary first, InstanceSummary second, bool descending) => (a, b) switch
    {
        _ when Equals(a, b) => string.CompareOrdinal(first.InstanceId.ToString(), second.InstanceId.ToString()) < 0,
        (_, null) or (string, string) => true,
        (null, _) => false,
        _ => ((IComparable)a!).CompareTo(b) < 0 != descending,
    };
}
