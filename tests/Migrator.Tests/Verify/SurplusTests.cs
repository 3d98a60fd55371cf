using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Usage;

namespace LaunchStack.Migrator.Tests.Verify;

public sealed class SurplusTests
{
    [Fact]
    public async Task Of_two_rows_with_one_id_the_second_is_quarantined_and_what_was_put_into_the_target_by_hand_is_named()
    {
        await using var original = await TestPostgres.CreateAsync();
        await original.DataSource.RunAsync(
            """
            CREATE TABLE users (id uuid, email text, created_at timestamptz, plan text);
            INSERT INTO users VALUES (md5('u')::uuid, 'second', '2026-02-01', 'free'), (md5('u')::uuid, 'first', '2026-01-01', 'starter');
            CREATE TABLE instances (id uuid, name text); INSERT INTO instances VALUES (md5('i')::uuid, 'n');
            CREATE TABLE resource_usages (instance_id uuid, "timestamp" timestamptz, cpu_usage float8); INSERT INTO resource_usages VALUES (md5('i')::uuid, '2026-10-01', 1);
            """);
        await using var target = await TestTimescale.CreateAsync();

        var books = (await Original.CopyAsync(original, target)).Tables[0];
        Assert.Equal((2L, 1L, 1L), (books.SourceRows, books.MovedRows, books.QuarantinedRows));
        Assert.Equal("first", await target.DataSource.ScalarAsync<string>("SELECT email FROM users"));
        Assert.Equal("second", await target.DataSource.ScalarAsync<string>("SELECT \"row\" ->> 'email' FROM migration_quarantine"));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);

        // A column with a default of ours, that the original does not have any more.
        await original.DataSource.RunAsync("ALTER TABLE users RENAME plan TO tier");
        await Verbs.CatchUpAsync(original, target);
        Assert.Contains("users: the original has no column \"plan\" any more", Assert.Single((await Verbs.VerifyAsync(original, target)).Findings), StringComparison.Ordinal);
        await target.DataSource.RunAsync("UPDATE users SET plan = 'free'");

        await target.DataSource.RunAsync(
            """
            INSERT INTO users (id, email) VALUES (md5('x')::uuid, 'x');
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage) VALUES (md5('i')::uuid, '2026-09-01', 1);
            DO $$ BEGIN
              EXECUTE (SELECT format('UPDATE %I.%I SET memory_count = 7', materialization_hypertable_schema, materialization_hypertable_name)
                       FROM timescaledb_information.continuous_aggregates WHERE view_name = 'resource_usage_hourly');
            END $$;
            """);
        var findings = string.Join('\n', (await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Contains("users: 9dd4e461-268c-8034-f5c8-564e155c67a6 is not in the original", findings, StringComparison.Ordinal);
        Assert.Contains($"resource_usage_hourly differs from {Rollup.All.Single(r => r.Name == "resource_usage_hourly").Source}: instance 865c0c0b-4ab0-e063-e5ca-a3387c1a8741 at 2026-10-01 00:00:00+00: memory_count is 7, should be 0", findings, StringComparison.Ordinal);
        Assert.Contains("  not in the original: instance 865c0c0b-4ab0-e063-e5ca-a3387c1a8741 at 2026-09-01", findings, StringComparison.Ordinal);
    }
}
