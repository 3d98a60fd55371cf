using System.Net;
using System.Net.Sockets;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Usage.Tests.Database;

/// <summary>What takes every thread of the process, and so runs when no other test does.</summary>
[CollectionDefinition(nameof(BusyProcessTests), DisableParallelization = true)]
[Collection(nameof(BusyProcessTests))]
public sealed class BusyProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_answers_is_heard_while_all_threads_of_the_pool_are_at_work()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var time = new FakeTimeProvider();
        var probe = new DatabaseProbe($"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port}", time);
        using var free = new ManualResetEventSlim();
        using var heard = new ManualResetEventSlim();
        var server = new Thread(() =>
        {
            using var question = listener.AcceptTcpClient();
            question.GetStream().ReadExactly(new byte[8]);
            question.GetStream().WriteByte((byte)'N');
            // Until it is read.
            question.GetStream().ReadByte();
            heard.Set();
        });
        server.Start();
        var work = new TaskCompletionSource<int>();
        var running = probe.WithinReachAsync(_ => work.Task, Timeout.InfiniteTimeSpan, TimeSpan.Zero, hedge: null, Token);
        for (var i = 0; i < 500; i++)
            ThreadPool.QueueUserWorkItem(_ => free.Wait(Token));
        try
        {
            time.Advance(TimeSpan.FromSeconds(0.4));
            Assert.True(heard.Wait(TimeSpan.FromSeconds(30), Token));
            time.Advance(TimeSpan.FromSeconds(0.9));
            Assert.False(running.IsCompleted);
        }
        finally
        {
            free.Set();
        }
        server.Join();
        work.SetResult(7);
        // It may have asked again, and nobody answers any more.
        await Wait.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(0.4));
                return running.IsCompleted;
            },
            "the work is answered");
        Assert.Equal(7, await running);
    }
}
