using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>What the target has by now and the original cannot hold.</summary>
public sealed class UnholdableRowTests(UnholdableRowTests.Moved moved) : IClassFixture<UnholdableRowTests.Moved>, IAsyncLifetime
{
    private const string Narrow =
        """
        ALTER TABLE instances ALTER cpu_limit TYPE numeric(4, 1), ALTER created_at TYPE timestamptz(0), ALTER port TYPE integer;
        """;

    [Theory]
    [InlineData("UPDATE payments SET currency = 'usdt'", "value too long for type character varying(3)")]
    [InlineData("INSERT INTO payments (id, amount, currency) VALUES (md5('p2')::uuid, 1, 'usdc')", "value too long for type character varying(3)")]
    [InlineData("UPDATE instances SET cpu_limit = 0.25 WHERE name = 'N1'", "it would hold 0.3 in cpu_limit, not 0.25")]
    [InlineData("UPDATE instances SET created_at = '2026-10-01 12:00:00.4+00' WHERE name = 'N1'", "in created_at, not 2026-10-01 12:00:00.4+00")]
    [InlineData("UPDATE instances SET port = 3000000000 WHERE name = 'N1'", "out of range")]
    public async Task A_row_that_the_original_cannot_hold_is_named_and_nothing_is_written(string after, string why)
    {
        await moved.Target.DataSource.RunAsync("UPDATE users SET plan = 'pro' WHERE username = 'u1';" + after);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(moved.Original, moved.Target));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await moved.Original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE plan = 'pro'"));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The next case finds the rows as they were moved.</summary>
    public async ValueTask DisposeAsync() => await moved.Target.DataSource.RunAsync(
        """
        SET session_replication_role = replica;
        DELETE FROM payments; DELETE FROM instances; DELETE FROM users;
        INSERT INTO users TABLE kept.users; INSERT INTO instances TABLE kept.instances; INSERT INTO payments TABLE kept.payments;
        RESET session_replication_role;
        """);

    /// <summary>An original with narrow columns, moved and left behind.</summary>
    public sealed class Moved : IAsyncLifetime
    {
        public TestPostgres Original { get; private set; } = null!;

        public TestTimescale Target { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Original = await Copy.Original.CreateAsync(2, Narrow + WayBackTests.People);
            Target = await TestTimescale.CreateAsync();
            await WayBackTests.MoveAsync(Original, Target);
            await Target.DataSource.RunAsync(
                """
                CREATE SCHEMA kept;
                CREATE TABLE kept.users AS TABLE users; CREATE TABLE kept.instances AS TABLE instances; CREATE TABLE kept.payments AS TABLE payments;
                """);
        }

        public async ValueTask DisposeAsync()
        {
            await Target.DisposeAsync();
            await Original.DisposeAsync();
        }
    }
}
