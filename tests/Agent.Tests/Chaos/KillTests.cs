using System.Text.Json;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Chaos;

/// <summary>The real program beside the same proxy, killed at seeded points: while a request is read, and before its answer.</summary>
public sealed class KillTests : IDisposable
{
    private const int Instances = 10;
    private const int Kills = 6;
    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_was_on_disk_or_under_way_when_it_was_killed_arrives(int seed)
    {
        await using var server = new ChaosServer(seed);
        var random = new Random(seed);
        var owed = new HashSet<(Guid Instance, DateTimeOffset At)>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var agent = Start(server.Address);
            var left = random.Next(1, 60);
            server.OnStep = _ =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    agent.Kill();
            };
            await agent.ExitAsync();
            server.OnStep = null;
            owed.UnionWith(OnDisk());
        }

        server.IsHonest = true;
        using (var last = Start(server.Address))
        {
            owed.UnionWith(server.Books.Sent);
            while (!owed.IsSubsetOf(server.Books.Stored.Union(DeadLetters())))
                await server.HandledAsync();
        }

        // A round of samples is one write: none is half there, but one that a kill cut short.
        var rounds = server.Books.Stored.Union(DeadLetters()).GroupBy(sample => sample.At).Count(round => round.Count() < Instances);
        Assert.InRange(rounds, 0, Kills + 1);
    }

    public void Dispose() => _directory.Dispose();

    private AgentProgram Start(Uri endpoint) => AgentProgram.Start(
        "--endpoint", endpoint.ToString(), "--state-directory", _directory.Path, "--machine", "false", "--simulate", $"{Instances}",
        "--interval", "00:00:00.1", "--Agent:Spool:SegmentBytes=8192", "--Agent:Delivery:BatchSize=100", "--Agent:Delivery:RequestTimeout=00:00:01",
        "--Agent:Delivery:RetryMin=00:00:00.01", "--Agent:Delivery:RetryMax=00:00:00.05", "--Agent:Delivery:RefusedRetry=00:00:00.01",
        "--Logging:LogLevel:Default=None");

    /// <summary>What the killed agent left, read without changing it.</summary>
    private (Guid Instance, DateTimeOffset At)[] OnDisk()
    {
        using var copy = TemporaryDirectory.CopyOf(_directory.File("spool"));
        using var spool = Spool.Open(copy.Path, new SpoolOptions(), _ => { }, new SentLog());
        return spool.Peek(int.MaxValue).Select(record => Key(SpooledSample.Decode(record.Payload).Json)).ToArray();
    }

    private HashSet<(Guid Instance, DateTimeOffset At)> DeadLetters() => Directory.GetFiles(_directory.Path, "dead*.ndjson")
        .SelectMany(File.ReadLines)
        .Where(IsWhole)
        .Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return ChaosBooks.Key(json.RootElement.GetProperty("sample"));
        })
        .ToHashSet();

    /// <summary>A kill may leave half a letter; its sample was not acknowledged and comes again.</summary>
    private static bool IsWhole(string line) => line.EndsWith("}}", StringComparison.Ordinal);

    private static (Guid Instance, DateTimeOffset At) Key(ReadOnlyMemory<byte> sample)
    {
        using var json = JsonDocument.Parse(sample);
        return ChaosBooks.Key(json.RootElement);
    }
}
