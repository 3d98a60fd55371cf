using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LaunchStack.Contracts;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using LaunchStack.Usage.Writing.Strategies;
using Npgsql;
using static LaunchStack.Usage.Tests.Writing.WriterDatabase;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class UsageWriterTests(WriterDatabase database) : IClassFixture<WriterDatabase>
{
    private const string CountRows = "SELECT count(*) FROM resource_usage WHERE instance_id = ANY($1)";

    [Theory]
    [InlineData(1)]
    [InlineData(600)] // beyond the size from which COPY is worth it
    public async Task What_is_accepted_stands_in_the_table(int count)
    {
        await using var writer = database.Writer();
        var instances = await database.RegisterAsync(2);
        var outcome = await WriteAsync(writer, Enumerable.Range(0, count).Select(i => Sample(instances[i % 2], i, cpu: i)));

        Assert.Equal((count, 0, 0), (outcome.Accepted, outcome.Duplicates, outcome.Rejected.Count));
        Assert.Equal(count, await database.ScalarAsync<long>(CountRows, instances));
        await using var read = database.DataSource.CreateCommand(
            "SELECT \"timestamp\", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out, received_at FROM resource_usage WHERE instance_id = $1 ORDER BY 1 DESC LIMIT 1");
        read.Parameters.Add(new NpgsqlParameter { Value = instances[0] });
        await using var row = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await row.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((Now, 0.0, 2L, 3L, 5L, 6L), (row.GetFieldValue<DateTimeOffset>(0), row.GetDouble(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(5), row.GetInt64(6)));
        Assert.True(row.IsDBNull(4));
        Assert.False(row.IsDBNull(7));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(600)]
    public async Task Duplicates_are_counted_within_a_request_and_against_the_table(int count)
    {
        await using var writer = database.Writer();
        var instances = await database.RegisterAsync(3);
        var samples = Enumerable.Range(0, count).Select(i => Sample(instances[i % 3], i)).ToList();

        var first = await WriteAsync(writer, samples.Take(count / 2).Concat(samples.Take(2)));
        Assert.Equal((count / 2, 2), (first.Accepted, first.Duplicates));
        var second = await WriteAsync(writer, samples);
        Assert.Equal((count - (count / 2), count / 2), (second.Accepted, second.Duplicates));
        var third = await WriteAsync(writer, samples);
        Assert.Equal((0, count), (third.Accepted, third.Duplicates));
        Assert.Equal(count, await database.ScalarAsync<long>(CountRows, instances));
    }

    [Fact]
    public async Task Requests_that_overlap_in_time_and_keys_are_counted_exactly()
    {
        await using var one = database.Writer();
        await using var other = database.Writer();
        var instances = await database.RegisterAsync(20);
        var before = await database.LastEventAsync();
        var random = new Random(5);
        var requests = Enumerable.Range(0, 120).Select(_ => Enumerable.Range(0, random.Next(1, 500))
            .Select(_ => Sample(instances[random.Next(instances.Length)], random.Next(300))).ToList()).ToList();

        var outcomes = await Task.WhenAll(requests.Select((samples, i) => Task.Run(() => WriteAsync(i % 2 == 0 ? one : other, samples))));

        for (var i = 0; i < requests.Count; i++)
            Assert.Equal(requests[i].Count, outcomes[i].Accepted + outcomes[i].Duplicates);
        var distinct = requests.SelectMany(r => r).Select(s => (s.InstanceId, s.Timestamp)).Distinct().Count();
        Assert.Equal(distinct, outcomes.Sum(o => o.Accepted));
        Assert.Equal(distinct, await database.ScalarAsync<long>(CountRows, instances));
        Assert.Equal(distinct, await database.ScalarAsync<long>(
            "SELECT sum((body ->> 'rows')::bigint)::bigint FROM outbox WHERE message_type = 'UsageIngested' AND id > $1", before));
    }

    [Theory]
    [InlineData(3, ConflictMode.Skip)]
    [InlineData(600, ConflictMode.Skip)]
    [InlineData(3, ConflictMode.Merge)]
    [InlineData(600, ConflictMode.Merge)]
    public async Task Every_measure_comes_out_as_it_was_whatever_way_it_went_in(int count, ConflictMode conflict)
    {
        await using var writer = database.Writer();
        var instance = (await database.RegisterAsync(1))[0];
        var samples = Enumerable.Range(0, count).Select(i => new UsageSample(instance, Now.AddSeconds(-i), Values(i))).ToList();
        // Every third is there already with less, or is to be left alone: all strategies have their part.
        await WriteAsync(writer, samples.Where((_, i) => i % 3 == 0).Select((s, i) => conflict == ConflictMode.Merge ? s with { Values = Values(-1) } : s), conflict);
        await WriteAsync(writer, samples, conflict);

        await using var read = database.DataSource.CreateCommand($"SELECT {Measures.Columns} FROM resource_usage WHERE instance_id = '{instance}' ORDER BY \"timestamp\" DESC");
        await using var rows = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var found = new List<SampleValues>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
            found.Add(SampleTable.Values(rows, 0));
        Assert.Equal(samples.Select(s => s.Values), found);

        static SampleValues Values(int number)
        {
            var values = default(SampleValues);
            foreach (var measure in Measures.All)
            {
                if (measure.IsFraction())
                    values.SetFraction(measure, (number + 1 + (int)measure) / 16.0);
                else
                    values.Set(measure, number + 1 + (int)measure);
            }
            return values;
        }
    }

    // One statement spells the event's members by itself.
    [Theory]
    [InlineData(ConflictMode.Skip)]
    [InlineData(ConflictMode.Merge)]
    public async Task The_event_is_the_one_of_the_contract_whatever_statement_wrote_it(ConflictMode conflict)
    {
        await using var writer = database.Writer();
        var instance = (await database.RegisterAsync(1))[0];
        await WriteAsync(writer, [Sample(instance, 1)], conflict);
        var before = await database.LastEventAsync();
        await WriteAsync(writer, [Sample(instance, 1, cpu: 2), Sample(instance, 2)], conflict);

        var body = await database.ScalarAsync<string>("SELECT body::text FROM outbox WHERE id > $1", before);
        var read = (UsageIngested)new OutboxMessage(1, Guid.Empty, nameof(UsageIngested), body, null, null).Read();
        Assert.Equal((conflict == ConflictMode.Merge ? 2 : 1, 1, Now.AddSeconds(-2)), (read.Rows, read.InstanceCount, read.First));
        Assert.All(typeof(UsageIngested).GetProperties(), member => Assert.NotEqual(member.PropertyType.IsValueType ? Activator.CreateInstance(member.PropertyType) : null, member.GetValue(read)));
    }

    [Fact]
    public async Task The_event_tells_what_was_committed()
    {
        var committed = 0;
        await using var writer = database.Writer(onCommitted: () => committed++);
        var instances = await database.RegisterAsync(2);
        var before = await database.LastEventAsync();
        await WriteAsync(writer, [Sample(instances[0], 10), Sample(instances[1], 20)]);
        await WriteAsync(writer, [Sample(instances[0], 10), Sample(instances[0], 5)]);
        await WriteAsync(writer, [Sample(instances[0], 10)]);

        await using var read = database.DataSource.CreateCommand(
            "SELECT (body ->> 'rows')::int, (body ->> 'first')::timestamptz, (body ->> 'last')::timestamptz, (body ->> 'instanceCount')::int, body ? 'batchId' AND body ? 'committedAt' FROM outbox WHERE id > $1 ORDER BY id");
        read.Parameters.Add(new NpgsqlParameter { Value = before });
        await using var rows = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var events = new List<(int, DateTimeOffset, DateTimeOffset, int, bool)>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
            events.Add((rows.GetInt32(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetInt32(3), rows.GetBoolean(4)));
        Assert.Equal([(2, Now.AddSeconds(-20), Now.AddSeconds(-10), 2, true), (1, Now.AddSeconds(-5), Now.AddSeconds(-5), 1, true)], events);
        Assert.True(committed >= 2);
    }

    // What the writer does not note of itself, the trigger must not pass over.
    [Fact]
    public async Task The_writer_notes_late_samples_before_the_trigger_would() => Assert.True(LateSamples.Age < await database.ScalarAsync<TimeSpan>(
        "SELECT substring(pg_get_triggerdef(oid) FROM '''([0-9:]+)''::interval')::interval FROM pg_trigger WHERE tgname = 'resource_usage_late' AND tgrelid = 'resource_usage'::regclass"));

    [Fact]
    public async Task Times_outside_the_window_have_codes_of_their_own()
    {
        await using var writer = database.Writer(kept: TimeSpan.FromDays(2));
        var instance = (await database.RegisterAsync(1))[0];
        var outcome = await WriteAsync(writer, [Sample(instance, -240), Sample(instance, -900), Sample(instance, 47 * 3600), Sample(instance, 49 * 3600)]);
        Assert.Equal(2, outcome.Accepted);
        Assert.Equal([(1, RejectionCodes.TimestampAhead), (3, RejectionCodes.TimestampTooOld)], outcome.Rejected.Select(r => (r.Index, r.Code)));
    }

    [Fact]
    public async Task Columns_of_one_instant_that_come_apart_are_merged()
    {
        await using var writer = database.Writer();
        var instance = (await database.RegisterAsync(1))[0];
        UsageSample Only(double? cpu, long? memory, long? disk) => new(instance, Now, new() { CpuUsage = cpu, MemoryUsage = memory, DiskUsage = disk });

        Assert.Equal(2, (await WriteAsync(writer, [Only(1, null, null), Only(null, 2, null)], ConflictMode.Merge)).Accepted);
        Assert.Equal((1, 1), Counts(await WriteAsync(writer, [Only(9, 9, 3), Only(null, null, null) with { Timestamp = Now.AddSeconds(-1) }], ConflictMode.Merge), 1));
        Assert.Equal((0, 1), Counts(await WriteAsync(writer, [Only(7, 7, 2)], ConflictMode.Merge), 0));
        Assert.Equal("9/9/3", await database.ScalarAsync<string>(
            "SELECT concat_ws('/', cpu_usage, memory_usage, disk_usage) FROM resource_usage WHERE instance_id = $1 AND disk_usage IS NOT NULL", instance));

        static (int, int) Counts(UsageOutcome outcome, int extra) => (outcome.Accepted - extra, outcome.Duplicates + (extra == 1 ? 1 : 0));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(600)]
    public async Task Columns_that_come_apart_are_merged_on_every_strategy(int count)
    {
        await using var writer = database.Writer();
        var instances = await database.RegisterAsync(2);
        IEnumerable<UsageSample> All(int from, double? cpu, long? memory) => Enumerable.Range(from, count)
            .Select(i => new UsageSample(instances[i % 2], Now.AddSeconds(-i), new() { CpuUsage = cpu, MemoryUsage = memory }));

        var fresh = await WriteAsync(writer, All(0, 1, null), ConflictMode.Merge);
        var raised = await WriteAsync(writer, All(0, null, 2), ConflictMode.Merge);
        var repeated = await WriteAsync(writer, All(0, 1, 2), ConflictMode.Merge);
        var next = await WriteAsync(writer, All(count, 1, 2), ConflictMode.Merge);

        Assert.Equal([(count, 0), (count, 0), (0, count), (count, 0)], new[] { fresh, raised, repeated, next }.Select(o => (o.Accepted, o.Duplicates)));
        Assert.Equal(2L * count, await database.ScalarAsync<long>($"{CountRows} AND cpu_usage = 1 AND memory_usage = 2", instances));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(600)]
    public async Task A_raised_row_was_received_when_it_was_raised_and_a_repeated_one_before(int count)
    {
        await using var writer = database.Writer();
        var instances = await database.RegisterAsync(1);
        var samples = Enumerable.Range(0, count).Select(i => Sample(instances[0], i)).ToList();
        await WriteAsync(writer, samples, ConflictMode.Merge);
        var first = await database.ScalarAsync<DateTime>("SELECT max(received_at) FROM resource_usage WHERE instance_id = ANY($1)", instances);

        await WriteAsync(writer, samples, ConflictMode.Merge);
        Assert.Equal(first, await database.ScalarAsync<DateTime>("SELECT max(received_at) FROM resource_usage WHERE instance_id = ANY($1)", instances));
        await WriteAsync(writer, samples.Select(s => s with { Values = s.Values with { CpuUsage = 2 } }), ConflictMode.Merge);
        Assert.True(first < await database.ScalarAsync<DateTime>("SELECT min(received_at) FROM resource_usage WHERE instance_id = ANY($1)", instances));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(10, false)]
    [InlineData(600, true)]
    [InlineData(600, false)]
    public async Task The_days_of_late_samples_are_noted_with_the_trigger_and_without(int count, bool tracked)
    {
        await using var writer = database.Writer();
        var instances = await database.RegisterAsync(3);
        var samples = Enumerable.Range(0, count).Select(i => Sample(instances[i % 3], i * 46 * 3600 / count)).ToList();
        await database.ScalarAsync<object>("SELECT track_usage_changes($1)", tracked);
        try
        {
            Assert.Equal(count, (await WriteAsync(writer, samples)).Accepted);
        }
        finally
        {
            await database.ScalarAsync<object>("SELECT track_usage_changes(true)");
        }
        const string Late = """SELECT DISTINCT instance_id, ("timestamp" AT TIME ZONE 'UTC')::date AS day FROM resource_usage WHERE instance_id = ANY($1)""";
        const string Noted = "SELECT instance_id, day FROM usage_changes WHERE instance_id = ANY($1)";
        Assert.Equal(0, await database.ScalarAsync<long>(
            $"""
            SELECT count(*) FROM (({Late} EXCEPT {Noted}) UNION ALL ({Noted} EXCEPT {Late})) wrong WHERE day < (now() AT TIME ZONE 'UTC')::date
            """, instances));
        Assert.InRange(await database.ScalarAsync<long>($"SELECT count(*) FROM ({Noted}) noted", instances), 3, 6);
        // Not in the transaction that follows.
        Assert.Equal("", await database.ScalarAsync<string>("SELECT coalesce(current_setting('launchstack.late_usage_is_noted', true), '')"));
    }

    [Fact]
    public async Task Only_the_row_that_the_database_refuses_is_rejected()
    {
        await database.ScalarAsync<string>(
            "ALTER TABLE resource_usage ADD CONSTRAINT no_thirteen CHECK (cpu_usage <> 131313); SELECT 'done'");
        await using var writer = database.Writer();
        var instances = await database.RegisterAsync(2);
        var good = WriteAsync(writer, Enumerable.Range(0, 50).Select(i => Sample(instances[0], i)));
        var bad = WriteAsync(writer, Enumerable.Range(0, 300).Select(i => Sample(instances[1], i, cpu: i == 123 ? 131313 : 1)));

        Assert.Equal(50, (await good).Accepted);
        Assert.Equal(299, (await bad).Accepted);
        var rejection = Assert.Single((await bad).Rejected);
        Assert.Equal((123, RejectionCodes.NotStorable), (rejection.Index, rejection.Code));
    }

    [Fact]
    public async Task A_full_queue_turns_requests_away_at_once()
    {
        await using var writer = database.Writer(o => (o.MaxQueuedRows, o.Writers) = (100, 1));
        var instance = (await database.RegisterAsync(1))[0];
        await WriteAsync(writer, [Sample(instance, 0)]);
        await using var blocker = await database.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var block = new NpgsqlCommand("LOCK TABLE resource_usage IN EXCLUSIVE MODE", blocker))
            await block.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var waiting = Enumerable.Range(1, 10).Select(i => WriteAsync(writer, Enumerable.Range(0, 60).Select(j => Sample(instance, (i * 100) + j)))).ToList();
        var turnedAway = 0;
        // One is being committed and one waits; the second may have come before a loop had taken the first. Nobody waits for the lock.
        while (turnedAway < 8)
        {
            var refused = await Task.WhenAny(waiting);
            waiting.Remove(refused);
            var e = await Assert.ThrowsAsync<TooManyRequestsException>(() => refused);
            Assert.True(e.RetryAfter > TimeSpan.Zero);
            turnedAway++;
        }
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        var kept = (await Task.WhenAll(waiting.Where(w => !w.IsFaulted))).Sum(o => o.Accepted);
        Assert.InRange(kept, 60, 120);
        Assert.Equal(kept + 1, await database.ScalarAsync<long>(CountRows, new[] { instance }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // takes connections and never answers
    public async Task A_database_that_is_away_is_told_within_two_seconds(bool hangs)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (!hangs)
            listener.Stop();
        await using var nowhere = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=x;Password=x;Database=x");
        await using var writer = WriterDatabase.Writer(nowhere);
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => WriteAsync(writer, [Sample(Guid.NewGuid(), 1)]));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        // And from now on at once.
        clock.Restart();
        Assert.Throws<DatabaseUnavailableException>(() => writer.CreateBatch());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(0.2));
    }

    [Theory]
    [InlineData(1, 1.2)]
    [InlineData(1, 0)]
    [InlineData(300, 0)] // by COPY
    public async Task A_server_that_has_started_again_meanwhile_costs_nobody_an_error(int count, double pause)
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var cable = new Cable(server.Port);
        server.Port = cable.Port;
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var writer = WriterDatabase.Writer(source);
        var instances = await database.RegisterAsync(2);
        await SendAsync(0, 1);

        await Task.Delay(TimeSpan.FromSeconds(pause), TimeProvider.System, TestContext.Current.CancellationToken);
        cable.Cut();
        // The other instance has to be looked up first.
        var outcomes = await SendAsync(8, 2);
        Assert.Equal(8 * count, outcomes.Sum(o => o.Accepted));
        Assert.Equal(16 * count, await database.ScalarAsync<long>(CountRows, instances));

        Task<UsageOutcome[]> SendAsync(int first, int among) => Task.WhenAll(Enumerable.Range(first, 8).Select(
            i => WriteAsync(writer, Enumerable.Range(i * count, count).Select(second => Sample(instances[i % among], second)))));
    }

    [Fact]
    public async Task What_was_taken_is_answered_before_the_writer_goes()
    {
        var writer = database.Writer();
        var instance = (await database.RegisterAsync(1))[0];
        await WriteAsync(writer, [Sample(instance, 0)]);
        var writes = Enumerable.Range(1, 20).Select(i => WriteAsync(writer, [Sample(instance, i)])).ToList();
        await writer.DisposeAsync();
        Assert.Equal(20, (await Task.WhenAll(writes)).Sum(o => o.Accepted));
        Assert.Equal(21, await database.ScalarAsync<long>(CountRows, new[] { instance }));
        Assert.Throws<TooManyRequestsException>(() => writer.CreateBatch());
    }
}
