using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace LaunchStack.Agent.Tests.Chaos;

/// <summary>
/// Ingest.Api behind a proxy that answers at random, on a bare socket: it takes samples or not, and tells the truth, something else,
/// half of it, nothing at all, or cuts the connection.
/// </summary>
internal sealed class ChaosServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<int> _handled = Channel.CreateUnbounded<int>();
    private readonly Random _random;
    private readonly ChaosAnswers _answers;
    private readonly Task _accepting;
    private int _requests;

    public ChaosServer(int seed)
    {
        _random = new LockedRandom(seed);
        _answers = new(_random);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    private enum Fate
    {
        Honest,
        TakenAndCut,
        TakenAndAnsweredAtRandom,
        AnsweredAtRandom,
        Hanging,
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ChaosBooks Books { get; } = new();

    /// <summary>From now on every request is answered as Ingest.Api does.</summary>
    public bool IsHonest { get; set; }

    /// <summary>Is called when a request is read, and again when its samples are taken and nothing is answered yet.</summary>
    public Action<int>? OnStep { get; set; }

    /// <summary>Returns after the next request was dealt with.</summary>
    public Task HandledAsync() => _handled.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await ChaosRequest.ReadAsync(stream) is { } request && await AnswerAsync(stream, request))
                    _handled.Writer.TryWrite(0);
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException or SocketException or EndOfStreamException)
            {
                // The agent cut it, or was killed.
            }

            _handled.Writer.TryWrite(0);
        }
    }

    private async Task<bool> AnswerAsync(NetworkStream stream, ChaosRequest request)
    {
        var samples = request.IsPost ? request.Samples() : [];
        Books.Saw(samples);
        var fate = Draw();
        OnStep?.Invoke(Interlocked.Increment(ref _requests));
        if (fate == Fate.Hanging)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, _stopping.Token);
            return false;
        }

        if (fate == Fate.AnsweredAtRandom)
            return await SendAsync(stream, _answers.Next(samples.Length));

        var truth = Take(request, samples);
        OnStep?.Invoke(Interlocked.Increment(ref _requests));
        return fate switch
        {
            Fate.TakenAndCut => await SendAsync(stream, (truth[..(truth.Length / 2)], true)),
            Fate.TakenAndAnsweredAtRandom => await SendAsync(stream, _answers.Next(samples.Length)),
            _ => await SendAsync(stream, (truth, false)),
        };
    }

    private Fate Draw()
    {
        if (IsHonest)
            return Fate.Honest;
        if (_random.Next(200) == 0)
            Books.ForgetInstances();
        return _random.Next(100) switch
        {
            < 35 => Fate.Honest,
            < 45 => Fate.TakenAndCut,
            < 65 => Fate.TakenAndAnsweredAtRandom,
            < 99 => Fate.AnsweredAtRandom,
            _ => Fate.Hanging,
        };
    }

    private byte[] Take(ChaosRequest request, JsonElement[] samples)
    {
        var (status, body) = request.IsPost ? Books.Take(samples) : (201, "{}");
        if (!request.IsPost)
            Books.Register(Guid.Parse(request.Path[(request.Path.LastIndexOf('/') + 1)..]));
        return Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} Truth\r\nContent-Type: application/{(status == 400 ? "problem+" : "")}json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
    }

    private static async Task<bool> SendAsync(NetworkStream stream, (byte[] Bytes, bool Closes) answer)
    {
        await stream.WriteAsync(answer.Bytes);
        return !answer.Closes;
    }

    /// <summary>Eight registrations come at once.</summary>
    private sealed class LockedRandom(int seed) : Random(seed)
    {
        private readonly Lock _gate = new();

        public override int Next(int maxValue)
        {
            lock (_gate)
                return base.Next(maxValue);
        }

        public override int Next(int minValue, int maxValue)
        {
            lock (_gate)
                return base.Next(minValue, maxValue);
        }

        public override void NextBytes(byte[] buffer)
        {
            lock (_gate)
                base.NextBytes(buffer);
        }
    }
}
