using LaunchStack.Aggregator.Policies;
using LaunchStack.Aggregator.Tests.Support;

namespace LaunchStack.Aggregator.Tests.Policies;

public sealed class PolicyStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_a_policy_that_failed_in_the_databases_own_worker_is_claimed_where_there_are_workers()
    {
        await using var database = await TestTimescale.CreateAsync();
        var failed = await database.DataSource.ScalarAsync<int>("SELECT max(job_id) FROM timescaledb_information.jobs");
        await database.DataSource.RunAsync("DELETE FROM _timescaledb_internal.bgw_job_stat");
        await database.DataSource.RunAsync(
            $"""
            INSERT INTO _timescaledb_internal.bgw_job_stat
            SELECT job_id, now(), now(), now() + interval '1 day', '-infinity', job_id <> {failed}, 1, '0', '0', 0, 1, 0, 1, 0
            FROM timescaledb_information.jobs WHERE job_id >= 1000
            """);
        var store = new PolicyStore(database.DataSource);

        Assert.Equal(failed, (await store.ClaimAsync(failedOnly: true, Token))?.JobId);
        Assert.Null(await store.ClaimAsync(failedOnly: true, Token));
        await store.FinishAsync(failed, error: null, Token);
        Assert.Null(await store.ClaimAsync(failedOnly: true, Token));
        Assert.NotNull(await store.ClaimAsync(failedOnly: false, Token));
    }
}
