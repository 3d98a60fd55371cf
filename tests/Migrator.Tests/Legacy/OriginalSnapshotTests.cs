using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Verify;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using static LaunchStack.Usage.Database.SqlExtensions;

namespace LaunchStack.Migrator.Tests.Legacy;

/// <summary>The original is altered while a verb begins or reads.</summary>
public sealed class OriginalSnapshotTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>To a snapshot from before, a table that is written anew is empty.</summary>
    [Theory]
    [InlineData("ALTER TABLE resource_usages ADD token uuid DEFAULT gen_random_uuid()")]
    [InlineData("CREATE TABLE kept AS TABLE resource_usages; TRUNCATE resource_usages; INSERT INTO resource_usages TABLE kept; DROP TABLE kept")]
    [InlineData("ALTER TABLE instances ALTER port TYPE int8")]
    [InlineData("LOCK users; CREATE TABLE other (LIKE users INCLUDING ALL); INSERT INTO other TABLE users; DROP TABLE users CASCADE; ALTER TABLE other RENAME TO users")]
    [InlineData("LOCK resource_usages; CREATE TABLE other (LIKE resource_usages); INSERT INTO other TABLE resource_usages; DROP TABLE resource_usages; ALTER TABLE other RENAME TO resource_usages")]
    public async Task A_pass_that_begins_meanwhile_finds_what_is_there_afterwards(string alteration)
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);

        await using var altering = await original.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await altering.BeginTransactionAsync(Token);
        await altering.ExecuteAsync(alteration, Token);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var environment = Verbs.Between(original.ConnectionString, target.ConnectionString, time: time);
        var (pass, verify) = (new CatchUpRunner(environment).RunPassAsync(Token), new Verification(environment).RunAsync(Token));
        // Both were refused a lock, and wait until they try again.
        while (await original.DataSource.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'launchstack-migrator' AND (state, query) = ('idle', 'ROLLBACK')") < 2)
            await Task.Yield();
        Assert.False(pass.IsCompleted || verify.IsCompleted);
        await transaction.CommitAsync(Token);
        for (var both = Task.WhenAll(pass, verify); !both.IsCompleted; await Task.WhenAny(both, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token)))
            time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((Original.DirtyMoved, Original.DirtyQuarantined), ((await pass).MovedRows, (await pass).QuarantinedRows));
        Assert.DoesNotContain((await verify).Findings, f => f.Contains("missing", StringComparison.Ordinal));
        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
        Assert.Equal(4L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM instances"));
    }

    /// <summary>A hot standby ends it for a conflict, an administrator by hand: no other server was reached.</summary>
    [Fact]
    public async Task When_the_session_that_holds_the_snapshot_has_ended_further_readers_fail_with_the_cause()
    {
        await using var original = await Original.CreateAsync(2);
        using var environment = Verbs.Between(original.ConnectionString, original.ConnectionString) with { Workers = 3 };
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, Token);
        await original.DataSource.RunAsync($"SELECT pg_terminate_backend({snapshot.Connection.ProcessID}, 5000)");
        var error = await Assert.ThrowsAnyAsync<NpgsqlException>(() => snapshot.WithReadersAsync(_ => Task.CompletedTask, Token));
        Assert.True(PostgresErrors.IsLostDatabase(error), error.ToString());
    }

    /// <summary>Who asks for a lock after one who waits gets it after him, and he waits for the first reader.</summary>
    [Fact]
    public async Task No_further_reader_queues_up_behind_somebody_who_waits_to_alter_a_table()
    {
        await using var original = await Original.CreateAsync(2, Original.Dirty);
        using var environment = Verbs.Between(original.ConnectionString, original.ConnectionString) with { Workers = 3 };
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, Token);
        Assert.Equal(3, await ReadersAsync());

        await using var altering = await original.DataSource.OpenConnectionAsync(Token);
        var alteration = altering.ExecuteAsync("ALTER TABLE resource_usages ADD token uuid DEFAULT gen_random_uuid()", Token);
        while (await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
            await Task.Yield();
        Assert.Equal(1, await ReadersAsync());
        Assert.False(alteration.IsCompleted);
        await snapshot.DisposeAsync();
        await alteration;

        async Task<int> ReadersAsync()
        {
            var count = 0;
            await snapshot.WithReadersAsync(
                async readers =>
                {
                    count = readers.Count;
                    await Task.WhenAll(readers.Select(r => r.ScalarAsync<long>("SELECT count(*) FROM resource_usages", Token)));
                }, Token);
            return count;
        }
    }
}
