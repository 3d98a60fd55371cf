using System.Net;
using System.Net.Sockets;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Tests.Database;

public sealed class DatabaseExecutorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_waits_for_a_cancellation_that_needs_a_server_that_is_gone()
    {
        // Takes connections, as the kernel does for a process that is stopped, and answers nothing.
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={((IPEndPoint)server.LocalEndpoint).Port};Username=x;Password=x;Timeout=60");
        var executor = new DatabaseExecutor(source, TimeProvider.System);
        using var answered = new ManualResetEventSlim();
        var cancelled = new TaskCompletionSource();

        var away = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => executor.ReadAsync(
            async token =>
            {
                // As the driver does it.
                await using var registration = token.Register(() => { cancelled.SetResult(); answered.Wait(TimeSpan.FromMinutes(1)); });
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
                return 0;
            }, Token));

        Assert.IsType<AbandonedOperationException>(away.InnerException);
        await cancelled.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
        Assert.False(answered.IsSet);
        Assert.Throws<DatabaseUnavailableException>(executor.ThrowIfUnavailable);
        answered.Set();
    }

    [Fact]
    public async Task A_database_that_takes_no_writes_is_read()
    {
        await using var database = await TestPostgres.CreateAsync();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString + ";Options=-c default_transaction_read_only=on");
        var executor = new DatabaseExecutor(source, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => executor.WriteAsync((connection, token) => connection.ExecuteAsync("CREATE TABLE t ()", token), Token));

        Assert.Equal("The database is read-only (SQLSTATE 25006).", refused.Message);
        Assert.Throws<DatabaseUnavailableException>(executor.ThrowIfUnavailable);
        Assert.Equal(1, await ReadAsync(executor, "SELECT 1", Token));
    }

    [Fact]
    public async Task A_read_that_takes_too_long_or_is_cancelled_by_the_server_is_the_only_one_that_fails()
    {
        await using var database = await TestPostgres.CreateAsync();
        var executor = new DatabaseExecutor(database.DataSource, TimeProvider.System, TimeSpan.FromSeconds(1));

        var late = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => ReadAsync(executor, "SELECT 1 FROM pg_sleep(60)", Token));
        Assert.Equal("The database did not answer in time.", late.Message);
        Assert.IsType<TimeoutException>(late.InnerException);
        executor.ThrowIfUnavailable();

        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => ReadAsync(executor, "SELECT set_config('statement_timeout', '20ms', false)::text; SELECT 1 FROM pg_sleep(60)", Token));
        executor.ThrowIfUnavailable();
    }

    [Fact]
    public async Task A_process_whose_connections_are_all_at_work_takes_its_database_for_no_outage()
    {
        await using var database = await TestPostgres.CreateAsync();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString + ";Maximum Pool Size=1;Timeout=1");
        var executor = new DatabaseExecutor(source, TimeProvider.System);
        await using (await source.OpenConnectionAsync(Token))
        {
            var busy = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => ReadAsync(executor, "SELECT 1", Token));
            Assert.Equal("All connections of this service to the database are at work: send fewer requests at a time, and this one again.", busy.Message);
            executor.ThrowIfUnavailable();
        }
        Assert.Equal(1, await ReadAsync(executor, "SELECT 1", Token));
    }

    [Fact]
    public async Task A_connection_whose_check_the_server_refuses_goes_back_to_the_pool()
    {
        await using var database = await TestPostgres.CreateAsync();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString + ";Maximum Pool Size=1;Timeout=1;Max Auto Prepare=5;Auto Prepare Min Usages=1;No Reset On Close=true");
        var executor = new DatabaseExecutor(source, TimeProvider.System);
        await WriteAsync("SELECT 1");
        // The driver takes the check for prepared from now on.
        await WriteAsync("DEALLOCATE ALL");
        var refused = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => WriteAsync("SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidSqlStatementName, Assert.IsType<PostgresException>(refused.InnerException).SqlState);
        await using var free = await source.OpenConnectionAsync(Token);

        Task<int> WriteAsync(string sql) => executor.WriteAsync((connection, token) => connection.ExecuteAsync(sql, token), Token);
    }

    private static Task<int> ReadAsync(DatabaseExecutor executor, string sql, CancellationToken cancellationToken) => executor.ReadAsync(
        async (connection, token) => (await connection.QueryAsync(sql, static row => row.GetFieldType(0) == typeof(int) ? row.GetInt32(0) : 0, token))[0], cancellationToken);
}
