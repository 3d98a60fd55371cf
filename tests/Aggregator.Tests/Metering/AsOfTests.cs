using LaunchStack.Aggregator.Tests.Support;
using Npgsql;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>What the database keeps so that the samples of an earlier moment can be read again.</summary>
public sealed class AsOfTests(SharedTimescale shared) : IClassFixture<SharedTimescale>, IAsyncLifetime
{
    private static readonly Guid Instance = Guid.NewGuid();
    private TestTimescale _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private NpgsqlDataSource Source => _database.DataSource;

    public async ValueTask InitializeAsync() => _database = await shared.ResetAsync();

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Every_version_of_a_sample_can_be_read_again_as_of_its_time()
    {
        var moments = new List<DateTime>();
        foreach (var statement in new[]
        {
            "INSERT INTO resource_usage (instance_id, \"timestamp\", memory_usage) VALUES ($1, '2026-11-01 10:00Z', 1)",
            "INSERT INTO resource_usage AS r (instance_id, \"timestamp\", memory_usage) VALUES ($1, '2026-11-01 10:00Z', 2) "
                + "ON CONFLICT (instance_id, \"timestamp\") DO UPDATE SET memory_usage = greatest(r.memory_usage, excluded.memory_usage)",
            "UPDATE resource_usage SET deleted_at = now() WHERE instance_id = $1",
            "UPDATE resource_usage SET deleted_at = NULL, memory_usage = 3 WHERE instance_id = $1",
            "UPDATE resource_usage SET memory_usage = 3 WHERE instance_id = $1",
            "DELETE FROM resource_usage WHERE instance_id = $1",
        })
        {
            await ForInstanceAsync(statement);
            moments.Add(await Source.ScalarAsync<DateTime>("SELECT clock_timestamp()"));
            // The embedded database's clock goes by milliseconds.
            await Wait.UntilAsync(async () => await Source.ScalarAsync<DateTime>("SELECT clock_timestamp()") > moments[^1], "time goes on");
        }

        var seen = new List<long?>();
        foreach (var moment in moments)
            seen.Add(await AsOfAsync(moment));
        Assert.Equal([1, 2, null, 3, 3, null], seen);
        Assert.Equal(4, await Source.ScalarAsync<long>("SELECT count(*) FROM resource_usage_revisions"));
        Assert.Equal(0, await Source.ScalarAsync<long>("SELECT count(*) FROM resource_usage_revisions WHERE received_at >= superseded_at"));
    }

    [Fact]
    public async Task Changes_within_one_transaction_leave_one_version()
    {
        await using (var connection = await Source.OpenConnectionAsync(Token))
        await using (var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"INSERT INTO resource_usage (instance_id, \"timestamp\", memory_usage) VALUES ('{Instance}', now(), 1)"),
                new("UPDATE resource_usage SET memory_usage = 2"),
            },
        })
            await batch.ExecuteNonQueryAsync(Token);
        Assert.Equal(1, await Source.ScalarAsync<long>("SELECT count(*) FROM resource_usage_versions"));
    }

    [Fact]
    public async Task What_changes_after_its_day_is_noted_once_a_transaction_and_what_comes_in_time_is_not()
    {
        await Source.RunAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", received_at)
            SELECT '{Instance}'::uuid, d + s * interval '1 minute', d + s * interval '1 minute'
            FROM unnest(ARRAY['2026-11-01Z', '2026-11-02Z']::timestamptz[]) d, generate_series(0, 9) s ORDER BY 1, 2
            """);
        await Source.RunAsync($"INSERT INTO resource_usage (instance_id, \"timestamp\") VALUES ('{Instance}', now()), ('{Instance}', now() + interval '1 minute')");
        Assert.Equal("2026-11-01,2026-11-02", await ChangesAsync());

        await Source.RunAsync("DELETE FROM usage_changes");
        await Source.RunAsync("UPDATE resource_usage SET memory_usage = 1 WHERE \"timestamp\" > now() - interval '2 minutes'");
        await Source.RunAsync("DELETE FROM resource_usage WHERE \"timestamp\" = '2026-11-02 00:03Z'");
        Assert.Equal("2026-11-02", await ChangesAsync());
    }

    [Fact]
    public async Task Late_samples_are_noted_in_compressed_chunks_too_and_their_changes_kept()
    {
        await Rows.InsertAsync(Source, Instance, new(2026, 11, 1, 0, 0, 0, default), new(2026, 11, 1, 1, 0, 0, default), TimeSpan.FromMinutes(1));
        await Source.ScalarAsync<string>("SELECT min(compress_chunk(c)::text) FROM show_chunks('resource_usage') c");
        await Source.RunAsync("DELETE FROM usage_changes");
        var before = await Source.ScalarAsync<DateTime>("SELECT clock_timestamp()");
        await Wait.UntilAsync(async () => await Source.ScalarAsync<DateTime>("SELECT clock_timestamp()") > before, "time goes on");

        await Source.RunAsync($"UPDATE resource_usage SET memory_usage = 7 WHERE \"timestamp\" = '2026-11-01 00:10Z'");
        await Source.RunAsync($"INSERT INTO resource_usage (instance_id, \"timestamp\", memory_usage) VALUES ('{Instance}', '2026-11-01 00:10:30Z', 5)");

        Assert.Equal("2026-11-01,2026-11-01", await ChangesAsync());
        Assert.Equal(6000, await AsOfAsync(before));
        Assert.Equal(6000 - 100 + 7 + 5, await AsOfAsync(await Source.ScalarAsync<DateTime>("SELECT clock_timestamp()")));
    }

    [Fact]
    public async Task Copied_history_is_no_change()
    {
        await Source.RunAsync(
            "INSERT INTO migration_runs (source, generation, soft_deleted, chunk_interval, earliest, latest, bulk) VALUES ('x', 1, 'move', '1 day', '2020-01-01Z', '2027-01-01Z', true)");
        await Rows.InsertAsync(Source, Instance, new(2026, 11, 1, 0, 0, 0, default), new(2026, 11, 1, 1, 0, 0, default), TimeSpan.FromMinutes(1));
        await Source.RunAsync("DELETE FROM resource_usage");
        Assert.Equal(0, await Source.ScalarAsync<long>("SELECT (SELECT count(*) FROM usage_changes) + (SELECT count(*) FROM resource_usage_revisions)"));
        Assert.True(await Source.ScalarAsync<bool>("SELECT usage_cutoff() IS NULL"));

        await Source.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        Assert.True(await Source.ScalarAsync<bool>("SELECT usage_cutoff() IS NOT NULL"));
    }

    [Fact]
    public async Task The_cutoff_waits_for_who_may_still_write_before_it()
    {
        // The embedded database has one session: nobody else's transaction can be open while the cutoff is asked for.
        if (_database.Gateway is not null)
        {
            Assert.True(await Source.ScalarAsync<bool>("SELECT usage_cutoff() BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp()"));
            return;
        }
        await using var writer = await Source.OpenConnectionAsync(Token);
        await using var transaction = await writer.BeginTransactionAsync(Token);
        await using (var write = new NpgsqlCommand("SELECT now()", writer))
        {
            var began = (DateTime)(await write.ExecuteScalarAsync(Token))!;
            await Wait.UntilAsync(async () => await Source.ScalarAsync<DateTime>("SELECT clock_timestamp()") > began.AddSeconds(3), "time goes on");
            Assert.True(await Source.ScalarAsync<DateTime>("SELECT usage_cutoff()") < began);
            write.CommandText = $"INSERT INTO resource_usage (instance_id, \"timestamp\") VALUES ('{Instance}', now())";
            await write.ExecuteNonQueryAsync(Token);
            Assert.True(await Source.ScalarAsync<DateTime>("SELECT usage_cutoff()") < began);
            await transaction.CommitAsync(Token);
            Assert.True(await Source.ScalarAsync<DateTime>("SELECT usage_cutoff()") > began);
        }
    }

    private async Task ForInstanceAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        if (sql.Contains("$1", StringComparison.Ordinal))
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Instance });
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>The memory of all samples that were known then; null: none was.</summary>
    private async Task<long?> AsOfAsync(DateTime cutoff)
    {
        await using var command = Source.CreateCommand("SELECT sum(memory_usage)::bigint FROM resource_usage_as_of($1)");
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = cutoff });
        return await command.ExecuteScalarAsync(Token) as long?;
    }

    private Task<string> ChangesAsync() =>
        Source.ScalarAsync<string>($"SELECT coalesce(string_agg(day::text, ',' ORDER BY day), '') FROM usage_changes WHERE instance_id = '{Instance}'");
}
