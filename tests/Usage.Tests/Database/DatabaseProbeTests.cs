using System.Net;
using System.Net.Sockets;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Usage.Tests.Database;

public sealed class DatabaseProbeTests : IDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly FakeTimeProvider _time = new();
    private readonly DatabaseProbe _probe;

    public DatabaseProbeTests()
    {
        _server.Start();
        _probe = new($"Host=127.0.0.1;Port={((IPEndPoint)_server.LocalEndpoint).Port}", _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Work_on_a_server_that_takes_most_of_a_second_to_answer_goes_on()
    {
        var work = new TaskCompletionSource<int>();
        var running = RunAsync(_ => work.Task);
        using var question = await AskedAsync();
        _time.Advance(TimeSpan.FromSeconds(0.8));
        await question.GetStream().WriteAsync("N"u8.ToArray(), Token);
        // Until it is read.
        Assert.Equal(0, await question.GetStream().ReadAsync(new byte[1], Token));
        Assert.False(running.IsCompleted);
        work.SetResult(7);
        Assert.Equal(7, await running);
    }

    [Fact]
    public async Task Work_on_a_server_that_is_silent_is_given_up_well_within_two_seconds()
    {
        var cancelled = new TaskCompletionSource();
        var running = RunAsync(async token =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
            return 0;
        });
        using var question = await AskedAsync();
        _time.Advance(TimeSpan.FromSeconds(0.9));
        await cancelled.Task.WaitAsync(Token);
        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(0.1));
                return running.IsCompleted;
            },
            "nobody waits for the cancellation");
        await Assert.ThrowsAsync<AbandonedOperationException>(() => running);
    }

    private Task<int> RunAsync(Func<CancellationToken, Task<int>> work) => _probe.WithinReachAsync(work, Timeout.InfiniteTimeSpan, TimeSpan.Zero, hedge: null, Token);

    // Time stands still while the question is on its way.
    private async Task<TcpClient> AskedAsync()
    {
        _time.Advance(TimeSpan.FromSeconds(0.4));
        var client = await _server.AcceptTcpClientAsync(Token);
        await client.GetStream().ReadExactlyAsync(new byte[8], Token);
        return client;
    }
}
