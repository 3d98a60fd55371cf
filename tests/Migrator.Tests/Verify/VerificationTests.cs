using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Verify;

namespace LaunchStack.Migrator.Tests.Verify;

public sealed class VerificationTests
{
    [Fact]
    public async Task A_copy_matches_and_whatever_is_changed_afterwards_is_named()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Assert.ThrowsAsync<RefusedException>(() => Verbs.VerifyAsync(original, target));
        await Original.CopyAsync(original, target);
        await target.DataSource.PauseJobsAsync();
        await target.DataSource.RunAsync(
            """
            INSERT INTO policy_runs (job_id, failures, finished_at, last_error)
            SELECT job_id, 2, '2026-10-01 12:00:00+00', 'no room' FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage'
            ON CONFLICT (job_id) DO UPDATE SET (failures, finished_at, last_error) = ROW(excluded.failures, excluded.finished_at, excluded.last_error)
            """);

        var report = await Verbs.VerifyAsync(original, target);
        Assert.Empty(report.Findings);
        Assert.True(report.Matches);
        // A job that fails is named, but is no fault of the move.
        Assert.EndsWith("(drop_rolled_up_chunks of resource_usage) fails: 2 runs, the last at 2026-10-01 12:00:00Z: no room", Assert.Single(report.FailingJobs, job => job.Error == "no room").ToString());
        Assert.Equal(Original.DirtyQuarantined, report.Tables[^1].Quarantined.Values.Sum());
        Assert.Equal(
            await target.DataSource.ScalarAsync<decimal>("SELECT sum(memory_usage) FROM resource_usage"), (decimal)(Int128)report.Columns.Single(c => c.Column == "memory_usage").Target.Sum);
        Assert.Equal(Original.DirtyMoved + Original.DirtyQuarantined, report.SourceRows);
        Assert.Equal("true", await target.DataSource.ScalarAsync<string>("SELECT body ->> 'verified' FROM outbox WHERE message_type = 'DataMigrated' ORDER BY id DESC LIMIT 1"));

        // The smallest step of one value, a row less, a row more, a relation.
        await target.DataSource.RunAsync("UPDATE resource_usage SET cpu_usage = cpu_usage + 1e-13 WHERE memory_usage = 501000");
        await target.DataSource.RunAsync("DELETE FROM resource_usage WHERE memory_usage = 700000");
        await target.DataSource.RunAsync("UPDATE instances SET name = 'changed' WHERE id = md5('i2')::uuid");
        await target.DataSource.RunAsync("CALL remove_columnstore_policy('resource_usage')");
        var findings = string.Join('\n', (await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Contains("cpu_usage is 50.1000000000001, should be 50.1", findings, StringComparison.Ordinal);
        Assert.Contains("  missing: instance", findings, StringComparison.Ordinal);
        Assert.Contains("a policy that compresses, rolls up or drops samples is missing", findings, StringComparison.Ordinal);
        Assert.Contains("instances: ", findings, StringComparison.Ordinal);
        Assert.Contains("resource_usage_5m differs from the samples", findings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_hand_has_put_into_quarantine_is_a_difference_and_no_fault()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await target.DataSource.RunAsync("INSERT INTO migration_quarantine (source_table, \"row\", reason) VALUES ('users', '{}', 'by hand')");
        Assert.NotEmpty((await Verbs.VerifyAsync(original, target)).Findings);
        await Verbs.CatchUpAsync(original, target);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }

    [Fact]
    public async Task Rows_without_an_id_are_compared_as_wholes_and_those_that_the_target_refused_are_not_missing()
    {
        await using var original = await TestPostgres.CreateAsync();
        await original.DataSource.RunAsync(
            """
            CREATE TABLE users (email text, note json);
            INSERT INTO users VALUES ('a', '{"x": "\u0000"}'), ('b', NULL), ('b', '{"x": "\u0000"}'), (NULL, NULL), (NULL, NULL);
            INSERT INTO users SELECT string_agg(md5(n::text), ''), '{"too": "long for an index"}' FROM generate_series(1, 500) n;
            CREATE TABLE payments (amount text, "Extra" int);
            INSERT INTO payments VALUES ('5', 1), ('5', 1), ('nonsense', 2), (NULL, NULL);
            CREATE TABLE resource_usages (instance_id uuid, "timestamp" timestamptz);
            """);
        await using var target = await TestTimescale.CreateAsync();
        var result = await Original.CopyAsync(original, target);
        Assert.Equal([new("users", 6, 6, 0), new("payments", 4, 3, 1), new("resource_usages", 0, 0, 0)], result.Tables);
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);

        await target.DataSource.RunAsync(
            "UPDATE payments SET amount = 6 WHERE ctid = (SELECT min(ctid) FROM payments WHERE amount = 5); DELETE FROM users WHERE email = 'a'");
        var findings = (await Verbs.VerifyAsync(original, target)).Findings;
        Assert.Equal(3, findings.Count);
        Assert.StartsWith("""users: missing: {"email":"a","note":{"x": "\ufffd"}}""", findings[0]);
        Assert.StartsWith("payments: missing: {\"amount\":\"5\",\"Extra\":1}", findings[1]);
        Assert.StartsWith("payments: not in the original: {\"id\":", findings[2]);
    }

    [Fact]
    public void The_page_shows_days_windows_and_differences_and_nothing_is_markup_in_it()
    {
        var day = new DateTime(2026, 10, 1, 0, 0, 0, DateTimeKind.Utc);
        var page = VerifyPage.Render(
            new(false, 1234, 1233, 0, [new("users", 4, 3, new Dictionary<string, long> { ["<i>"] = 1 })],
                [new("cpu_usage", new(2, -1, 5, 4), new(2, -1, 5.5, 4.5), false)], [new(day, day.AddDays(1), 1234, 1234, 1233, false)], ["<b> is missing"], [],
                "somebody's is <open>", [new(1000, "policy_compression", "resource_usage", 2, day, "<no> room")], TimeSpan.FromSeconds(1))
            {
                Scope = "What was moved is <compared>",
            }, DateTimeOffset.UnixEpoch);
        Assert.Contains("<p>What was moved is &lt;compared&gt;</p>", page, StringComparison.Ordinal);
        Assert.Contains("<title>2026-10-01, target: 1,233</title>", page, StringComparison.Ordinal);
        Assert.Contains("<td>users</td><td>4</td><td>3</td><td>1</td>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;i&gt;</td><td>1</td>", page, StringComparison.Ordinal);
        Assert.Contains("target</td><td>2</td><td>-1</td><td>5.5</td><td>4.5</td>", page, StringComparison.Ordinal);
        Assert.Contains("job 1000 (policy_compression of resource_usage) fails: 2 runs, the last at 2026-10-01 00:00:00Z: &lt;no&gt; room", page, StringComparison.Ordinal);
        Assert.Contains("somebody&#39;s is &lt;open&gt;", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt; is missing", page, StringComparison.Ordinal);
        Assert.Contains("<td>2026-10-01 00:00</td><td>2026-10-02 00:00</td><td>1,234</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_of_doubles_are_exact_in_any_order()
    {
        double[] values = [1e300, 1, -1e300, 1e-300, 0.1, -0.0, double.Epsilon, -1];
        var (forward, backward) = (ColumnFigures.OfFloats(), ColumnFigures.OfFloats());
        foreach (var value in values)
            forward.Add(value);
        foreach (var value in values.Reverse())
            backward.Add(value);
        Assert.True(forward.Matches(backward));

        var other = ColumnFigures.OfFloats();
        foreach (var value in values)
            other.Add(value == double.Epsilon ? 2 * double.Epsilon : value);
        Assert.NotEqual(forward.Sum, other.Sum);
    }

    [Fact]
    public async Task A_pass_that_changes_something_while_it_is_compared_keeps_it_from_counting_as_verified()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        await using var connection = await target.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var ledger = new MigrationLedger(connection);
        foreach (var change in new[] { "UPDATE resource_usages SET memory_usage = 7 WHERE cpu_usage = 0.1", "UPDATE users SET plan = 'other'" })
        {
            var version = await ledger.VersionAsync(TestContext.Current.CancellationToken);
            await original.DataSource.RunAsync(change);
            await Verbs.CatchUpAsync(original, target);
            Assert.False(await ledger.MarkVerifiedAsync(version, TestContext.Current.CancellationToken));

            version = await ledger.VersionAsync(TestContext.Current.CancellationToken);
            await Verbs.CatchUpAsync(original, target);
            Assert.True(await ledger.MarkVerifiedAsync(version, TestContext.Current.CancellationToken));
        }
    }
}
