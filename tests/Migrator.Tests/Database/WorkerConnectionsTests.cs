using LaunchStack.Migrator.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Database;

/// <summary>Others take connections that a verb could do with.</summary>
public sealed class WorkerConnectionsTests
{
    [Fact]
    public async Task Work_goes_on_over_those_that_are_left_and_over_all_once_there_are_more()
    {
        await using var server = await TestPostgres.CreateAsync();
        var role = $"few_{Guid.NewGuid():n}";
        var own = DatabaseConnection.Prepare(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = role }.ConnectionString);
        await server.DataSource.RunAsync($"CREATE USER {role} CONNECTION LIMIT 4");
        await using (var first = await OpenAsync())
        {
            var workers = new WorkerConnections("The target", first, async _ => await OpenAsync(isFurther: true), NullLogger.Instance);
            Assert.Equal((4, null), (await CountAsync(workers), workers.Narrowed));

            await using (await OpenAsync())
            await using (await OpenAsync())
            {
                Assert.Equal(2, await CountAsync(workers));
                Assert.Equal($"The target has only 2 of 4 connections for us (53300: too many connections for role \"{role}\")", workers.Narrowed);
            }

            Assert.Equal(4, await CountAsync(workers));
        }

        NpgsqlConnection.ClearAllPools();
        await server.DataSource.RunAsync($"DROP USER {role}");

        Task<NpgsqlConnection> OpenAsync(bool isFurther = false) =>
            DatabaseConnection.OpenAsync(own, NullLogger.Instance, TimeProvider.System, TestContext.Current.CancellationToken, isFurther);
    }

    [Fact]
    public void Several_hosts_are_full_where_one_of_them_is()
    {
        var full = new PostgresException("sorry, too many clients already", "FATAL", "FATAL", PostgresErrorCodes.TooManyConnections);
        Assert.True(DatabaseConnection.IsFull(new NpgsqlException("no suitable host", new AggregateException(new TimeoutException(), full))));
        Assert.False(DatabaseConnection.IsFull(new NpgsqlException("no suitable host", new AggregateException(new TimeoutException()))));
    }

    private static async Task<int> CountAsync(WorkerConnections workers)
    {
        var count = 0;
        await workers.RunAsync(4, connections => Task.FromResult(count = connections.Count), TestContext.Current.CancellationToken);
        return count;
    }
}
