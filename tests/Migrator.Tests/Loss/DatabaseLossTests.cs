using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Session;
using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Loss;

public sealed class DatabaseLossTests
{
    private const string WindowCopied = "UPDATE migration_windows SET done = true";
    private const string RolledUp = "refresh_continuous_aggregate";

    [Fact]
    public async Task Killed_databases_are_named_and_after_their_restart_the_move_goes_on_and_matches()
    {
        using var files = new TemporaryDirectory("loss");
        await EmbeddedGateway.CopyMigratedAsync(files.Path);
        await using var original = await PostgresServer.StartAsync();
        await using (var database = NpgsqlDataSource.Create(original.ConnectionString))
            await Original.FillAsync(database, 2, Original.Dirty);
        var target = await EmbeddedGateway.StartAsync(files.Path);
        try
        {
            await LoseAsync("target", WindowCopied, 3, CopyAsync);
            await LoseAsync("original", WindowCopied, 3, CopyAsync);
            await LoseAsync("target", RolledUp, 2, CopyAsync);
            await CopyAsync();

            await using (var database = NpgsqlDataSource.Create(original.ConnectionString))
                await database.RunAsync("UPDATE resource_usages SET memory_usage = 7 WHERE cpu_usage BETWEEN 20 AND 180");
            await LoseAsync("original", WindowCopied, 1, CatchUpAsync);
            await LoseAsync("target", WindowCopied, 2, CatchUpAsync);
            await CatchUpAsync();

            Assert.Empty((await Verbs.VerifyAsync(original.ConnectionString, target.ConnectionString)).Findings);
        }
        finally
        {
            await target.Process.KillAsync();
            await target.DisposeAsync();
        }

        Task CopyAsync() => Verbs.CopyAsync(original.ConnectionString, target.ConnectionString);

        Task CatchUpAsync() => Verbs.CatchUpAsync(original.ConnectionString, target.ConnectionString);

        // The statements that count are always the target's: it keeps the books.
        async Task LoseAsync(string name, string statement, int times, Func<Task> work)
        {
            using var kill = new KillAtStatement(target.ConnectionString, statement, times, name == "target" ? target.Process.KillAsync : original.KillAsync);
            var error = await Assert.ThrowsAnyAsync<Exception>(work);
            Assert.True(kill.Happened, error.ToString());
            Assert.True(PostgresErrors.IsLostDatabase(error), error.ToString());
            var said = await LostDatabase.DescribeAsync(
                error, TimeSpan.Zero, [("original", original.ConnectionString), ("target", target.ConnectionString)]);
            Assert.StartsWith($"The {name} database (127.0.0.1:", said, StringComparison.Ordinal);
            Assert.Contains("run the migrator again", said, StringComparison.Ordinal);
            if (name == "target")
                target = await EmbeddedGateway.StartAsync(files.Path);
            else
                await original.StartAgainAsync();
        }
    }
}
