using System.Net;
using System.Net.Sockets;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static LaunchStack.Usage.Database.SqlExtensions;

namespace LaunchStack.Migrator.Tests.Database;

public sealed class DatabaseConnectionTests
{
    [Fact]
    public async Task Connections_that_the_server_has_ended_in_the_pool_do_not_count()
    {
        await using var server = await TestPostgres.CreateAsync();
        await using (await OpenAsync(server.ConnectionString))
        await using (await OpenAsync(server.ConnectionString))
        {
        }

        Assert.Equal(2L, await server.DataSource.ScalarAsync<long>(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'launchstack-migrator'"));
        await using var opened = await OpenAsync(server.ConnectionString);
        Assert.Equal(1, await opened.ScalarAsync<int>("SELECT 1", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_server_that_refuses_the_password_is_not_waited_for()
    {
        await using var server = await TestPostgres.CreateAsync();
        var unknown = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "nobody_of_this_name" };
        Assert.Contains(
            "Correct the connection string", (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(unknown.ConnectionString))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_not_given_does_not_come_by_waiting()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answered = AskForPasswordAsync(listener);
        var refused = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(
            $"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=me;Database=any;SSL Mode=Disable;GSS Encryption Mode=Disable"));
        Assert.Contains("Correct the connection string", refused.Message, StringComparison.Ordinal);
        Assert.Contains("password", refused.Message, StringComparison.Ordinal);
        await answered;
    }

    private static async Task AskForPasswordAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[1024], TestContext.Current.CancellationToken));
        await stream.WriteAsync(new byte[] { (byte)'R', 0, 0, 0, 8, 0, 0, 0, 3 }, TestContext.Current.CancellationToken);
        Assert.InRange(await stream.ReadAsync(new byte[1024], TestContext.Current.CancellationToken), 0, 1024);
    }

    [Fact]
    public async Task However_many_rows_of_compressed_chunks_may_be_unpacked()
    {
        await using var server = await TestTimescale.CreateAsync(migrated: false);
        await using var opened = await OpenAsync(server.ConnectionString);
        Assert.Equal("0", await opened.ScalarAsync<string>("SHOW timescaledb.max_tuples_decompressed_per_dml_transaction", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_limit_of_temporary_files_is_named_with_what_raises_it() => Assert.EndsWith(
        "Raise temp_file_limit (or work_mem) for this role there: ALTER ROLE … SET, as a superuser.",
        ErrorText.Describe(new PostgresException("temporary file size exceeds \"temp_file_limit\" (64kB)", "ERROR", "ERROR", "53400")), StringComparison.Ordinal);

    private static Task<NpgsqlConnection> OpenAsync(string connectionString) =>
        DatabaseConnection.OpenAsync(DatabaseConnection.Prepare(connectionString), NullLogger.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
}
