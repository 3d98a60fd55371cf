using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Status;
using LaunchStack.Migrator.Tests.Copy;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.Migrator.Tests.CatchUp;

public sealed class CatchUpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>New rows, changed ones old and young, lost ones, and an orphan whose instance comes late.</summary>
    private const string LifeGoesOn =
        """
        INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at) SELECT md5('i1')::uuid, now() + n * interval '1 second', n, now() FROM generate_series(1, 20) n;
        UPDATE resource_usages SET cpu_usage = 77 WHERE cpu_usage = 100;
        UPDATE resource_usages SET deleted_at = now() WHERE cpu_usage = 50.5;
        DELETE FROM resource_usages WHERE cpu_usage = 150;
        INSERT INTO instances (id, name, status) SELECT instance_id, 'late', 'running' FROM resource_usages WHERE instance_id IS NOT NULL AND instance_id NOT IN (SELECT id FROM instances);
        UPDATE users SET email = 'new@example.com';
        """;

    private const string RetentionJobs = "SELECT count(*) FROM timescaledb_information.jobs WHERE proc_name = 'drop_rolled_up_chunks' AND scheduled";

    [Fact]
    public async Task What_the_original_took_in_changed_and_lost_meanwhile_is_in_the_target_afterwards()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target));
        await Original.CopyAsync(original, target);
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).Windows);

        await original.DataSource.RunAsync(LifeGoesOn);
        var pass = await Verbs.CatchUpAsync(original, target);

        Assert.True(pass.Windows > 3);
        Assert.Equal(await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usages"), pass.MovedRows + pass.QuarantinedRows);
        Assert.Equal(Original.DirtyMoved + 20 - 1 + 1, pass.MovedRows);
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).Windows);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal("new@example.com", await target.DataSource.ScalarAsync<string>("SELECT email FROM users"));
        Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT bool_and(scheduled = (proc_name <> 'drop_rolled_up_chunks')) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
    }

    [Fact]
    public async Task A_column_that_the_original_drops_takes_no_value_out_of_the_target_until_it_is_there_again()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty + "ALTER TABLE resource_usages ADD note text DEFAULT 'kept';");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await original.DataSource.RunAsync("CREATE TABLE held AS TABLE resource_usages; ALTER TABLE resource_usages DROP COLUMN memory_usage, DROP COLUMN disk_usage, DROP COLUMN note, DROP COLUMN memory_percentage");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target));
        Assert.Contains("public.resource_usages of the original has no column memory_usage, note any more", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, (await Assert.ThrowsAsync<RefusedException>(() => Verbs.VerifyAsync(original, target))).Message);
        Assert.Contains(refused.Message, (await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Problems);

        await original.DataSource.RunAsync("ALTER TABLE resource_usages ADD note text, ADD memory_usage int8; UPDATE resource_usages u SET memory_usage = h.memory_usage FROM held h WHERE h.id = u.id");
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal((true, 0L), (
            await target.DataSource.ScalarAsync<bool>("SELECT count(memory_usage) > 0 FROM resource_usage"), await target.DataSource.ScalarAsync<long>("SELECT count(note) FROM resource_usage")));
    }

    [Fact]
    public async Task A_user_an_instance_and_a_payment_that_the_original_deletes_go_in_the_target_too()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await original.DataSource.RunAsync("INSERT INTO users (id, email) VALUES (md5('u2')::uuid, 'b'); UPDATE instances SET user_id = md5('u2')::uuid WHERE id = md5('i3')::uuid");
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("INSERT INTO instances (id, name, first_seen_at) VALUES (md5('registered')::uuid, 'by itself', now())");

        await original.DataSource.RunAsync("DELETE FROM instances WHERE id = md5('i3')::uuid; DELETE FROM users WHERE id = md5('u2')::uuid; DELETE FROM payments");
        Assert.Contains("is not in the original; catch-up removes it", string.Join('\n', (await Verbs.VerifyAsync(original, target)).Findings), StringComparison.Ordinal);
        var pass = await Verbs.CatchUpAsync(original, target);

        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(Original.DirtyMoved - 500, pass.MovedRows);
        Assert.Equal(
            (1L, 4L, 0L),
            (await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM users"), await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM instances"),
                await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM payments")));
        Assert.Equal(0, (await Verbs.CatchUpAsync(original, target)).Windows);
    }

    [Fact]
    public async Task Passes_killed_at_any_moment_while_the_original_lives_on_leave_nothing_behind()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        for (var kill = 0; kill < KilledMigrator.Times(3); kill++)
        {
            await original.DataSource.RunAsync(
                $"""
                INSERT INTO resource_usages (instance_id, "timestamp", cpu_usage, created_at) SELECT md5('i1')::uuid, now() - n * interval '1 hour 1 millisecond', n, now() FROM generate_series(1, 400) n;
                UPDATE resource_usages SET memory_usage = {kill} WHERE cpu_usage BETWEEN {kill} AND {kill + 20};
                DELETE FROM resource_usages WHERE cpu_usage BETWEEN {kill + 30} AND {kill + 31};
                """);
            await KilledMigrator.RunAsync(original, target, "catch-up", "--follow");
            await Verbs.CatchUpAsync(original, target);
            Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        }

        Assert.True(await target.DataSource.ScalarAsync<bool>("SELECT bool_and(scheduled = (proc_name <> 'drop_rolled_up_chunks')) FROM timescaledb_information.jobs WHERE job_id >= 1000"));
    }

    [Fact]
    public async Task The_cutover_waits_until_everything_is_moved_and_verified()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        Assert.Contains("Run copy first", (await Assert.ThrowsAsync<RefusedException>(() => CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await Original.CopyAsync(original, target);
        Assert.Equal("verify", await NextAsync(target));
        Assert.Contains("Run verify", (await Assert.ThrowsAsync<RefusedException>(() => CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        Assert.True((await Verbs.VerifyAsync(original, target)).Matches);

        await original.DataSource.RunAsync("UPDATE resource_usages SET network_in = 0 WHERE cpu_usage = 100");
        Assert.Contains("run catch-up", (await Assert.ThrowsAsync<RefusedException>(() => CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await Verbs.CatchUpAsync(original, target);
        Assert.Contains("Run verify", (await Assert.ThrowsAsync<RefusedException>(() => CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync("UPDATE users SET email = 'x'");
        Assert.True((await Verbs.CatchUpAsync(original, target)).Windows == 0 && (await Verbs.VerifyAsync(original, target)).Matches);

        // What is not committed is in no snapshot, and would be lost; a window that is known and loses its rows before it is copied is done with none.
        await using (var writer = await original.DataSource.OpenConnectionAsync(Token))
        await using (var transaction = await writer.BeginTransactionAsync(Token))
        {
            await using var insert = new NpgsqlCommand("INSERT INTO resource_usages (instance_id, \"timestamp\", cpu_usage) VALUES (md5('i1')::uuid, '2026-06-01', 5)", writer);
            await insert.ExecuteNonQueryAsync(Token);
            Assert.Contains($"public.resource_usages by session {writer.ProcessID}", (await Verbs.VerifyAsync(original, target)).OpenTransactions, StringComparison.Ordinal);
            Assert.Contains("are still open", (await Assert.ThrowsAsync<RefusedException>(() => CutoverAsync(original, target))).Message, StringComparison.Ordinal);
            await transaction.CommitAsync(Token);
        }

        Assert.Contains("run catch-up", (await Assert.ThrowsAsync<RefusedException>(() => CutoverAsync(original, target))).Message, StringComparison.Ordinal);
        await original.DataSource.RunAsync("DELETE FROM resource_usages WHERE \"timestamp\" = '2026-06-01'");
        await Verbs.CatchUpAsync(original, target);
        var report = await Verbs.VerifyAsync(original, target);
        Assert.True(report.Matches && report.OpenTransactions is null);

        Assert.Equal("cutover", await NextAsync(target));
        // Until then nothing is dropped, or what the original holds could not be compared any more.
        Assert.Equal(0L, await target.DataSource.ScalarAsync<long>(RetentionJobs));
        var at = await CutoverAsync(original, target);
        Assert.Equal(3L, await target.DataSource.ScalarAsync<long>(RetentionJobs));
        Assert.Equal(at, await CutoverAsync(original, target));
        Assert.Null(await NextAsync(target));
        // From now on the target is ahead, which is no mismatch, and nothing may take that away again.
        await target.DataSource.RunAsync("INSERT INTO resource_usage (instance_id, \"timestamp\", cpu_usage) VALUES (md5('i1')::uuid, now(), 5)");
        Assert.All((await Verbs.VerifyAsync(original, target)).Windows, w => Assert.True(w.Matches));
        Assert.Contains("rollback", (await Assert.ThrowsAsync<RefusedException>(() => Verbs.CatchUpAsync(original, target))).Message, StringComparison.Ordinal);
    }

    /// <summary>What <c>migrator status</c> says that comes next.</summary>
    private static async Task<string?> NextAsync(TestTimescale target)
    {
        await using var connection = await target.DataSource.OpenConnectionAsync(Token);
        var move = (await StatusReader.ReadAsync(connection, Token)).Move!;
        Assert.Equal((move.Windows, 0L, 0), (move.WindowsDone, move.WindowsToRollUp, move.PausedJobs.Count));
        Assert.Equal(move.Samples.Books.SourceRows, move.Samples.Books.MovedRows + move.Samples.Books.QuarantinedRows);
        Assert.Equal(("public.resource_usages", move.Samples.Books.QuarantinedRows), (move.Samples.Name, move.Samples.Quarantine.Values.Sum()));
        Assert.Equal(["public.users", "public.instances", "public.payments"], move.Tables.Select(t => t.Name));
        return move.Next;
    }

    private static Task<DateTime> CutoverAsync(TestPostgres original, TestTimescale target) =>
        Verbs.CutoverAsync(original, target);
}
