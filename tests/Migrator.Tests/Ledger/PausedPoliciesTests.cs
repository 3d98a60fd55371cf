using LaunchStack.Migrator.Ledger;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Ledger;

public sealed class PausedPoliciesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The client does not know yet that the session has ended: the connection is still open to it.</summary>
    [Fact]
    public async Task The_cause_is_told_and_not_that_policies_cannot_be_put_back_over_a_dead_connection()
    {
        await using var target = await TestTimescale.CreateAsync();
        Assert.SkipWhen(target.Gateway is not null, "the embedded database has one session");
        await using var connection = await target.DataSource.OpenConnectionAsync(Token);
        var cause = await Assert.ThrowsAsync<InvalidDataException>(() => PausedPolicies.DuringAsync(
            connection, async () =>
            {
                await target.DataSource.RunAsync($"SELECT pg_terminate_backend({connection.ProcessID}, 5000)");
                throw new InvalidDataException("the cause");
            }, Token));
        Assert.Equal("the cause", cause.Message);

        // The next one puts them back.
        await using var next = await target.DataSource.OpenConnectionAsync(Token);
        Assert.True(await PausedPolicies.AreUnfinishedAsync(next, Token));
        await PausedPolicies.DuringAsync(next, () => Task.CompletedTask, Token);
        Assert.False(await PausedPolicies.AreUnfinishedAsync(next, Token));
    }
}
