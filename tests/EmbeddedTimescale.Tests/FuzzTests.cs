using System.Buffers.Binary;
using System.Globalization;
using static LaunchStack.EmbeddedTimescale.Tests.RawClient;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>Messages that are not what they should be. LAUNCHSTACK_FUZZ_MESSAGES says how many (100000 is the full measure), LAUNCHSTACK_FUZZ_SEED which.</summary>
public sealed class FuzzTests
{
    private const int PerConnection = 40;

    private static readonly byte[][] Sound =
    [
        Query("SELECT 1"), Query("SELECT 'text', 2.5, now(); SELECT generate_series(1, 3)"), Query("BEGIN"), Query("ROLLBACK"), Query(""),
        Query("COPY fuzzed FROM STDIN"), Query("COPY fuzzed TO STDOUT"), Query("DECLARE c CURSOR FOR SELECT 1"), Query("SET work_mem = '5MB'"),
        Query("LISTEN a; NOTIFY a, 'b'"), Query("PREPARE p AS SELECT 1"), Query("EXECUTE p"), Query("DEALLOCATE ALL"), Query("DISCARD ALL"),
        Parse("", "SELECT $1::int"), Parse("s", "SELECT $1::text, $2::int[]"), Parse("t", "INSERT INTO fuzzed VALUES ($1)"),
        Message('B', Text(""), Text(""), [0, 0, 0, 1, 0, 0, 0, 1, (byte)'7', 0, 0]),
        Message('B', Text("p"), Text("s"), [0, 1, 0, 1, 0, 2, 0, 0, 0, 1, (byte)'x', 255, 255, 255, 255, 0, 1, 0, 1]),
        Message('D', "S"u8.ToArray(), Text("s")), Message('D', "P"u8.ToArray(), Text("")), Message('C', "S"u8.ToArray(), Text("s")),
        Message('E', Text(""), [0, 0, 0, 0]), Message('E', Text("p"), [0, 0, 0, 1]), Sync, Message('H'),
        Message('d', "1\n"u8.ToArray()), Message('c'), Message('f', Text("no")), Message('F', [0, 0, 0, 31, 0, 0, 0, 0, 0, 0]),
        Message('p', Text("SCRAM-SHA-256")), Terminate,
    ];

    [Fact]
    public async Task No_message_crashes_or_stalls_it()
    {
        var messages = Number("LAUNCHSTACK_FUZZ_MESSAGES", 4000);
        var seed = Number("LAUNCHSTACK_FUZZ_SEED", 20261126);
        using var directory = new TemporaryDirectory("gateway");
        await using var gateway = await GatewayFixture.StartAsync(directory.Path, "--idle-transaction", "2", "--transaction", "20");
        await using var source = GatewayFixture.Source(gateway);
        await source.RunAsync("CREATE TABLE fuzzed (n int)");
        await using var neighbour = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);

        for (var (sent, connection) = (0, 0); sent < messages; sent += PerConnection, connection++)
        {
            await AttackAsync(gateway.Port, new Random(seed + connection));
            // The next client is served, and so is one that was there before.
            var served = connection % 10 == 0 ? await source.ScalarAsync<int>("SELECT $1::int", connection) : await neighbour.ScalarAsync<int>("SELECT $1::int", connection);
            Assert.Equal(connection, served);
        }

        // Nothing but "ready on": neither a crash nor a fault of the gateway's own.
        Assert.Single(gateway.Process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(gateway.Process.HasExited);
    }

    private static async Task AttackAsync(int port, Random random)
    {
        var authenticated = random.Next(10) > 0;
        var client = authenticated ? await ConnectAsync(port) : Open(port);
        try
        {
            if (!authenticated)
                await client.SendAsync(Mutate(Startup("user", "postgres", "database", "launchstack"), random));
            for (var i = 0; i < PerConnection; i++)
            {
                var sound = Sound[random.Next(Sound.Length)];
                await client.SendAsync(random.Next(3) == 0 ? sound : Mutate(sound, random));
            }
        }
        catch (IOException)
        {
            // It has had enough of this client.
        }
        if (random.Next(2) == 0)
            client.Reset();
        await client.DisposeAsync();
    }

    private static byte[] Mutate(byte[] sound, Random random)
    {
        var bytes = sound.ToArray();
        switch (random.Next(7))
        {
            case 0: // bits
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1: // another type
                bytes[0] = (byte)random.Next(256);
                return bytes;
            case 2: // another length, mostly a near one
                if (bytes.Length >= 5)
                    BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), random.Next(4) == 0 ? random.Next() - (int.MaxValue / 2) : bytes.Length - 1 + random.Next(-4, 5));
                return bytes;
            case 3: // cut short, its length true
                return bytes.Length > 5 ? Message((char)bytes[0], bytes[5..random.Next(5, bytes.Length)]) : bytes;
            case 4: // longer, its length true
                var more = new byte[random.Next(8) == 0 ? random.Next(9_900, 20_000) : random.Next(1, 200)];
                random.NextBytes(more);
                return Message((char)bytes[0], bytes.Length > 5 ? bytes[5..] : [], more);
            case 5: // nonsense of that type
                var nonsense = new byte[random.Next(0, 64)];
                random.NextBytes(nonsense);
                return Message((char)bytes[0], nonsense);
            default: // other bytes inside
                for (var at = Math.Min(5, bytes.Length - 1); at < bytes.Length; at++)
                    if (random.Next(8) == 0)
                        bytes[at] = (byte)random.Next(256);
                return bytes;
        }
    }

    private static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : usual;
}
