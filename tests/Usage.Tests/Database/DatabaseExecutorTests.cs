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
}
