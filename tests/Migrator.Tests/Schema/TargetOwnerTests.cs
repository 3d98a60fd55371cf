using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Status;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Schema;

public sealed class TargetOwnerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_may_not_see_what_stands_in_a_target_is_told_so_and_not_that_nothing_does()
    {
        await using var server = await TestPostgres.CreateAsync();
        var (role, owner) = ($"guest_{Guid.NewGuid():n}", $"owner_{Guid.NewGuid():n}");
        await server.DataSource.RunAsync(
            $"CREATE USER {role}; CREATE ROLE {owner}; CREATE TABLE {SchemaRunner.Journal} (scriptname text); CREATE TABLE migration_runs (cutover_at timestamptz); "
            + $"ALTER TABLE {SchemaRunner.Journal} OWNER TO {owner}; REVOKE USAGE ON SCHEMA public FROM public");
        await using (var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = role, Pooling = false }.ConnectionString))
        await using (var guest = await source.OpenConnectionAsync(Token))
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => new MigrationLedger(guest).FindRunAsync(Token));
            Assert.Equal(
                $"The target's tables belong to {owner}, so {role} may not change them. Name {owner} in ConnectionStrings__launchstack, or GRANT \"{owner}\" TO \"{role}\".",
                refused.Message);
            refused = await Assert.ThrowsAsync<RefusedException>(() => StatusReader.ReadAsync(guest, Token));
            Assert.Contains($"{role} may not read them", refused.Message, StringComparison.Ordinal);

            await server.DataSource.RunAsync($"GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON {SchemaRunner.Journal} TO {role}");
            await TargetOwner.RequireReadableAsync(guest, Token);
            await Assert.ThrowsAsync<RefusedException>(() => TargetOwner.RequireAsync(guest, Token));

            await server.DataSource.RunAsync($"GRANT {owner} TO {role}");
            await TargetOwner.RequireAsync(guest, Token);
        }

        await server.DataSource.RunAsync($"DROP OWNED BY {role}, {owner}; DROP USER {role}; DROP ROLE {owner}");
    }
}
