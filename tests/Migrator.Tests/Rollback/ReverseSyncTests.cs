using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Status;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Tests.Faithful;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Rollback;

public sealed class ReverseSyncTests
{

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, "resource_usages", "clerk_user_id")]
    [InlineData(2, "resource_usages", "username")]
    [InlineData(3, "resource_usage", "password_hash, username")]
    public async Task After_the_cutover_and_the_way_back_nothing_is_missing_and_the_services_go_on_over_the_original(int generation, string table, string names)
    {
        var (instance, late) = (Guid.NewGuid(), Guid.NewGuid());
        var now = TimeProvider.System.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
        await using var original = await Original.CreateAsync(generation,
            $"""
            INSERT INTO users (id, email, {names}) VALUES ('{instance}', 'e', {string.Join(", ", names.Split(',').Select(_ => "'u'"))});
            INSERT INTO instances (id, user_id, name, status) VALUES ('{instance}', '{instance}', 'one', 'running')
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(original.ConnectionString, target, write: true));
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");

        // Traffic after the cutover, with an instance that the original has never heard of.
        await target.DataSource.RunAsync($"INSERT INTO instances (id, user_id, name, status) VALUES ('{late}', '{instance}', 'late', 'running')");
        await target.DataSource.RunAsync($"UPDATE instances SET name = 'renamed' WHERE id = '{instance}'");
        await WriteAsync(target.DataSource, instance, now.AddHours(-3), 40);
        await WriteAsync(target.DataSource, late, now.AddHours(-2), 10);

        Assert.Equal((50L, 0L), await RollBackAsync(original.ConnectionString, target, write: false) is var plan ? (plan.Samples, plan.Written) : default);
        Assert.Equal(0L, await original.DataSource.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
        var report = await RollBackAsync(original.ConnectionString, target, write: true);
        Assert.Empty(report.Findings);
        Assert.Equal((50L, 50L, 1L, 1L), (report.Samples, report.Written, report.Relations.Sum(r => r.Added), report.Relations.Sum(r => r.Changed)));
        Assert.Equal("renamed", await original.DataSource.ScalarAsync<string>($"SELECT name FROM instances WHERE id = '{instance}'"));
        report = await RollBackAsync(original.ConnectionString, target, write: true);
        Assert.Equal((0L, 0L), (report.Written, report.Relations.Sum(r => r.Added + r.Changed)));

        // The services, pointed back at the original: what came before is read, what comes now is taken in.
        await WriteAsync(original.DataSource, late, now.AddHours(-1), 5);
        var reader = new UsageReader(new DatabaseExecutor(original.DataSource, TimeProvider.System));
        Assert.Equal(UsageSchema.Legacy, (await reader.DetectAsync(Token)).Schema);
        Assert.Equal(40, (await reader.HistoryAsync(new(instance, now.AddHours(-6), now, 100), Token)).Sum(b => b.SampleCount));
        var history = await reader.HistoryAsync(new(late, now.AddHours(-6), now, 100), Token);
        Assert.Equal((15L, 13_000m), (history.Sum(b => b.SampleCount), history.Sum(b => b.NetworkIn)));
    }

    [Fact]
    public async Task A_reverse_sync_killed_at_any_moment_goes_on_and_every_sample_is_there_once_beside_quarantined_duplicates()
    {
        var instance = Guid.NewGuid();
        await using var original = await Original.CreateAsync(
            2,
            $"""
            INSERT INTO instances (id, name, status) VALUES ('{instance}', 'one', 'running');
            INSERT INTO resource_usages (instance_id, "timestamp", memory_usage, created_at)
            SELECT '{instance}', now() - interval '3 days' - n * interval '1 second', moved, now() FROM generate_series(1, 500) n, unnest(ARRAY[5, 8]) moved
            """);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await target.DataSource.RunAsync(
            $"""
            UPDATE resource_usage SET memory_usage = 9;
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage)
            SELECT '{instance}', now() - n * interval '100 milliseconds', n FROM generate_series(1, 60000) n
            """);
        var kills = KilledMigrator.Times(3);
        for (var kill = 0; kill < kills; kill++)
        {
            await KilledMigrator.RunAsync(original, target, "rollback", "--reverse-sync");
            Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: true)).Findings);
            await target.DataSource.RunAsync(
                $"""
                INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage)
                SELECT '{instance}', now() - interval '1 day' - ({kill} * 5000 + n) * interval '1 second', n FROM generate_series(1, 5000) n;
                INSERT INTO users (email) VALUES ('{kill}');
                UPDATE resource_usage SET memory_usage = memory_usage + 1;
                """);
        }

        Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: true)).Findings);
        var all = 60_000L + (5000 * kills);
        Assert.Equal(all, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE memory_usage IS NULL"));
        Assert.Equal(all, await original.DataSource.ScalarAsync<long>("SELECT count(DISTINCT \"timestamp\") FROM resource_usages WHERE memory_usage IS NULL"));
        Assert.Equal($"8:500 {9 + kills}:500", await original.DataSource.ScalarAsync<string>(
            "SELECT string_agg(concat(memory_usage, ':', n), ' ' ORDER BY memory_usage) FROM (SELECT memory_usage, count(*) AS n FROM resource_usages GROUP BY 1) v WHERE memory_usage IS NOT NULL"));
        Assert.Equal(kills, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task More_changed_rows_than_one_batch_holds_go_back_and_nothing_else_is_written()
    {
        await using var original = await Original.CreateAsync(2,
            "INSERT INTO users (id, email, username) SELECT md5('u' || n)::uuid, 'u' || n || '@example.com', 'u' || n FROM generate_series(1, 1150) n");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync(
            "UPDATE migration_runs SET cutover_at = now(); UPDATE users SET email = 'new-' || email WHERE username NOT LIKE 'u3%'");
        var changed = await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE email LIKE 'new-%'");
        Assert.InRange(changed, 1001, 1149);
        var others = await OthersAsync();

        var report = await RollBackAsync(original.ConnectionString, target, write: true);
        Assert.Empty(report.Findings);
        Assert.Equal(changed, report.Relations.Sum(r => r.Changed));
        Assert.Equal(await UsersAsync(target.DataSource), await UsersAsync(original.DataSource));
        Assert.Equal(others, await OthersAsync());

        Task<string> OthersAsync() => original.DataSource.ScalarAsync<string>("SELECT string_agg(concat(id, ctid), ',' ORDER BY id) FROM users WHERE username LIKE 'u3%'");

        static Task<string> UsersAsync(NpgsqlDataSource database) => database.ScalarAsync<string>("SELECT string_agg(concat_ws(' ', id, email, username), ',' ORDER BY id) FROM users");
    }

    [Fact]
    public async Task The_services_are_sent_only_to_the_original_that_was_moved()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var other = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains(
            "Nothing was ever copied into database", (await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(original.ConnectionString, target, write: false))).Message,
            StringComparison.Ordinal);
        await Original.CopyAsync(original, target);
        Assert.Contains(
            "no cutover", (await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(original.ConnectionString, target, write: false))).Message, StringComparison.Ordinal);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: false)).Findings);
        await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(other.ConnectionString, target, write: false));
        Assert.Contains(
            "new schema", (await Assert.ThrowsAsync<SchemaException>(() => RollBackAsync(target.ConnectionString, target, write: false))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_may_not_write_is_refused_and_one_with_a_single_connection_writes_what_differs()
    {
        var instance = Guid.NewGuid();
        await using var original = await Original.CreateAsync(2, $"INSERT INTO instances (id, name, status) VALUES ('{instance}', 'one', 'running')");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await WriteAsync(target.DataSource, instance, TimeProvider.System.GetUtcNow().AddHours(-1), 3);

        var reader = $"reader_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync($"CREATE USER {reader}; GRANT pg_read_all_data TO {reader}");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(
            new NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = reader }.ConnectionString, target, write: true));
        Assert.Contains("GRANT SELECT, INSERT, UPDATE ON", refused.Message, StringComparison.Ordinal);
        var readOnly = new NpgsqlConnectionStringBuilder(original.ConnectionString) { Options = "-c default_transaction_read_only=on" }.ConnectionString;
        refused = await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(readOnly, target, write: true));
        Assert.Contains("cannot be written to", refused.Message, StringComparison.Ordinal);
        Assert.Contains("RESET default_transaction_read_only", refused.Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync($"GRANT pg_write_all_data TO {reader}; ALTER ROLE {reader} SET session_replication_role = replica");
        refused = await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(
            new NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = reader }.ConnectionString, target, write: true));
        Assert.Contains("have session_replication_role = replica", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"));
        await original.DataSource.RunAsync($"DROP OWNED BY {reader}; DROP USER {reader}");

        await RollBackAsync(original.ConnectionString, target, write: true);
        await original.DataSource.RunAsync("UPDATE resource_usages SET memory_usage = memory_usage + 1 WHERE network_in = 1000");
        await target.DataSource.RunAsync("UPDATE migration_runs SET returned_at = NULL");
        var writer = $"writer_{Guid.NewGuid():n}";
        await original.DataSource.RunAsync($"CREATE USER {writer} CONNECTION LIMIT 1; GRANT pg_read_all_data, pg_write_all_data TO {writer}");
        var report = await RollBackAsync(new NpgsqlConnectionStringBuilder(original.ConnectionString) { Username = writer }.ConnectionString, target, write: true);
        Assert.Equal((0, 1L), (report.Findings.Count, report.Written));
        Assert.Equal(0L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages WHERE memory_usage % 100 <> 0"));
        await original.DataSource.RunAsync($"DROP OWNED BY {writer}; DROP USER {writer}");
    }

    [Fact]
    public async Task A_row_that_the_original_refuses_leaves_it_untouched_and_samples_of_an_instance_deleted_since_are_taken_along()
    {
        var (user, instance, late) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await using var original = await Original.CreateAsync(3);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync(
            $"""
            UPDATE migration_runs SET cutover_at = now();
            INSERT INTO users (id, username, email, password_hash) VALUES ('{user}', 'u', 'e', 'h');
            INSERT INTO instances (id, user_id, name, status) VALUES ('{instance}', '{user}', 'one', 'running'), ('{late}', NULL, 'nobody''s', 'running');
            """);
        await WriteAsync(target.DataSource, instance, TimeProvider.System.GetUtcNow().AddHours(-1), 3);
        await target.DataSource.RunAsync($"UPDATE instances SET deleted_at = now() WHERE id = '{instance}'");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(original.ConnectionString, target, write: true, allowLosses: true));
        Assert.Contains($"({late})", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await original.DataSource.ScalarAsync<long>("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM instances)"));

        await target.DataSource.RunAsync($"UPDATE instances SET user_id = '{user}' WHERE id = '{late}'");
        var report = await RollBackAsync(original.ConnectionString, target, write: true, allowLosses: true);
        Assert.Empty(report.Findings);
        Assert.Equal(3L, report.Written);
        Assert.Contains(report.Losses, l => l.StartsWith("1 value of instances.deleted_at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Once_it_is_complete_nothing_that_the_original_has_taken_in_since_is_overwritten()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People + "ALTER TABLE users ADD s jsonb DEFAULT '{}', ADD last_seen_at timestamptz; ALTER TABLE instances ADD s text DEFAULT 's'");
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE users SET plan = 'pro' WHERE username = 'u1'");
        var instance = await target.DataSource.ScalarAsync<Guid>("SELECT md5('i1')::uuid");
        var time = TimeProvider.System.GetUtcNow().AddHours(-1);
        await WriteAsync(target.DataSource, instance, time, 3);
        Assert.Null((await RollBackAsync(original.ConnectionString, target, write: true)).ReturnedAt);

        // While neither side goes on, what comes late is taken along as before, whatever its column is called.
        await target.DataSource.RunAsync("UPDATE users SET last_seen_at = '2026-03-03' WHERE username = 'u2'");
        Assert.Null((await RollBackAsync(original.ConnectionString, target, write: true)).ReturnedAt);
        Assert.True(await original.DataSource.ScalarAsync<bool>("SELECT last_seen_at = '2026-03-03' FROM users WHERE username = 'u2'"));
        await WriteAsync(target.DataSource, instance, time.AddMinutes(10), 2);
        await target.DataSource.RunAsync("UPDATE users SET plan = 'late' WHERE username = 'u1'");
        var report = await RollBackAsync(original.ConnectionString, target, write: true);
        Assert.Equal((0, 2L, null), (report.Findings.Count, report.Written, report.ReturnedAt));
        Assert.Equal("late", await original.DataSource.ScalarAsync<string>("SELECT plan FROM users WHERE username = 'u1'"));

        // The services are on the original again: what they write is newer than what the target has.
        await original.DataSource.RunAsync(
            """
            UPDATE users SET plan = 'newest' WHERE username = 'u1'; DELETE FROM payments;
            UPDATE resource_usages SET memory_usage = 777 WHERE network_in = 1000;
            """);
        const string State = "SELECT concat((SELECT plan FROM users WHERE username = 'u1'), ' ', (SELECT count(*) FROM payments), ' ', sum(memory_usage), ' ', count(*)) FROM resource_usages";
        var held = await original.DataSource.ScalarAsync<string>(State);
        report = await RollBackAsync(original.ConnectionString, target, write: true);
        Assert.Equal((0, 0L), (report.Findings.Count, report.Written));
        Assert.NotNull(report.ReturnedAt);
        Assert.NotNull((await RollBackAsync(original.ConnectionString, target, write: false)).ReturnedAt);
        Assert.Equal(held, await original.DataSource.ScalarAsync<string>(State));

        // And a straggler writes to the target.
        await WriteAsync(target.DataSource, instance, time.AddMinutes(20), 1);
        report = await RollBackAsync(original.ConnectionString, target, write: false);
        Assert.Null(report.ReturnedAt);
        Assert.Contains("the target has changed since", Assert.Single(report.Notes), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(original.ConnectionString, target, write: true));
        foreach (var part in new[] { "Nothing was written", $"instance {instance} at ", "differs in the original", "is missing in the original", ReverseSync.Again })
            Assert.Contains(part, refused.Message, StringComparison.Ordinal);
        Assert.Equal(held, await original.DataSource.ScalarAsync<string>(State));
        await target.DataSource.RunAsync(ReverseSync.Again.Replace(" in the target", "", StringComparison.Ordinal));
        Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: true)).Findings);
        Assert.StartsWith("late 1 ", await original.DataSource.ScalarAsync<string>(State), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_it_is_complete_the_target_is_the_older_side_and_a_cutover_asks_for_an_empty_one()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: true)).Findings);
        await original.DataSource.RunAsync("""INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at) SELECT id, now(), 4, now() FROM instances""");
        foreach (var verb in new Func<Task>[]
            { () => Verbs.CutoverAsync(original, target), () => Verbs.CatchUpAsync(original, target), () => Verbs.CopyAsync(original.ConnectionString, target.ConnectionString) })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(verb);
            Assert.StartsWith("The way back was complete at ", refused.Message, StringComparison.Ordinal);
            Assert.Contains("name an empty target", refused.Message, StringComparison.Ordinal);
        }

        await using (var connection = await target.DataSource.OpenConnectionAsync(Token))
            Assert.NotNull((await StatusReader.ReadAsync(connection, Token)).Move!.ReturnedAt);
        await using var empty = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, empty);
        Assert.Equal(4L, await empty.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage"));
    }

    private static async Task WriteAsync(NpgsqlDataSource database, Guid instance, DateTimeOffset from, int count)
    {
        await using var writer = new UsageWriter(new DatabaseExecutor(database, TimeProvider.System), new(), TimeProvider.System);
        using var batch = writer.CreateBatch();
        for (var i = 0; i < count; i++)
            batch.Add(i, new UsageSample(instance, from.AddMinutes(i), new()
            {
                CpuUsage = i * 1.5, MemoryUsage = i * 100, MemoryLimit = 1 << 20, DiskUsage = i * 10, NetworkIn = i * 1000, NetworkOut = i == 0 ? null : i,
            }));
        Assert.Equal(count, (await writer.WriteAsync(batch, Token)).Accepted);
    }

    /// <summary>As after a failover to a standby whose clock is behind: what came since lies before the cutover.</summary>
    [Fact]
    public async Task What_came_while_the_targets_clock_stood_before_the_cutover_goes_back_wherever_it_lies()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync(
            """
            UPDATE migration_runs SET cutover_at = now() + interval '3 hours';
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage) SELECT md5('i1')::uuid, now(), 2 UNION ALL SELECT md5('i2')::uuid, "timestamp", 3 FROM resource_usage
              UNION ALL SELECT md5('i2')::uuid, "timestamp" - interval '30 days', 4 FROM resource_usage;
            UPDATE resource_usage SET cpu_usage = 7 WHERE cpu_usage = 1;
            """);
        var counted = await RollBackAsync(original.ConnectionString, target, write: false);
        Assert.Equal(1L, counted.Samples);
        Assert.StartsWith("The target's clock stands before the cutover", Assert.Single(counted.Notes), StringComparison.Ordinal);
        Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: true)).Findings);
        Assert.Equal("2 3 4 7", await original.DataSource.ScalarAsync<string>("SELECT string_agg(cpu_usage::text, ' ' ORDER BY cpu_usage) FROM resource_usages"));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);

        // What came after it was complete is seen too.
        await target.DataSource.RunAsync("INSERT INTO resource_usage (instance_id, \"timestamp\", cpu_usage) VALUES (md5('i3')::uuid, now(), 5)");
        Assert.Equal(1L, (await RollBackAsync(original.ConnectionString, target, write: true)).Written);
    }

    [Fact]
    public async Task What_a_transaction_of_the_target_may_still_commit_keeps_the_way_back_from_being_complete()
    {
        await using var target = await TestTimescale.CreateAsync();
        Assert.SkipWhen(target.Gateway is not null, "the embedded database has one session");
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("UPDATE migration_runs SET cutover_at = now()");
        await using var writing = await target.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await writing.BeginTransactionAsync(Token);
        await writing.RunAsync("UPDATE users SET email = 'new'; UPDATE resource_usage SET cpu_usage = 7 WHERE memory_usage = 501000");

        var open = (await Assert.ThrowsAsync<RefusedException>(() => RollBackAsync(original.ConnectionString, target, write: true))).Message;
        Assert.Contains($"users by session {writing.ProcessID} of ", open, StringComparison.Ordinal);
        Assert.Contains($"resource_usage by session {writing.ProcessID} of ", open, StringComparison.Ordinal);
        Assert.Contains((await RollBackAsync(original.ConnectionString, target, write: false)).Notes, n => n.Contains("are still open", StringComparison.Ordinal));
        await transaction.CommitAsync(Token);
        Assert.Empty((await RollBackAsync(original.ConnectionString, target, write: true)).Findings);
        Assert.Equal("new 7", await original.DataSource.ScalarAsync<string>("SELECT (SELECT email FROM users) || ' ' || cpu_usage FROM resource_usages WHERE memory_usage = 501000"));
    }

    private static Task<RollbackReport> RollBackAsync(string original, TestTimescale target, bool write, bool allowLosses = false) =>
        new ReverseSync(Verbs.Between(original, target.ConnectionString), allowLosses: allowLosses).RunAsync(write, Token);
}
