using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.EmbeddedTimescale.Tests;

/// <summary>A client that says just what it is told to, message by message, and reads when it is told to.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Stream _stream;

    private RawClient(int port)
    {
        _socket.Connect("127.0.0.1", port);
        _stream = new NetworkStream(_socket, ownsSocket: true);
    }

    public static async Task<RawClient> ConnectAsync(int port, string password = "test-password")
    {
        var client = new RawClient(port);
        await client.SendAsync(Startup("user", "postgres", "database", "launchstack"));
        await client.AuthenticateAsync(password);
        await client.UntilAsync('Z');
        return client;
    }

    /// <summary>A connection that has said nothing yet.</summary>
    public static RawClient Open(int port) => new(port);

    public static byte[] Message(char type, params byte[][] parts)
    {
        var body = parts.SelectMany(part => part).ToArray();
        var message = new byte[body.Length + 5];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), body.Length + 4);
        body.CopyTo(message, 5);
        return message;
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    public static byte[] Query(string sql) => Message('Q', Text(sql));

    public static byte[] Parse(string name, string sql) => Message('P', Text(name), Text(sql), new byte[2]);

    public static byte[] BindAndExecute(string name) =>
        [.. Message('B', Text(""), Text(name), new byte[6]), .. Message('E', Text(""), new byte[4])];

    public static byte[] Startup(params string[] settings)
    {
        var body = settings.SelectMany(Text).Append((byte)0).ToArray();
        var message = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), 3 << 16);
        body.CopyTo(message, 8);
        return message;
    }

    public static byte[] Sync => Message('S');

    public static byte[] Terminate => Message('X');

    public async Task SendAsync(params byte[][] messages) =>
        await _stream.WriteAsync(messages.SelectMany(message => message).ToArray(), TestContext.Current.CancellationToken);

    /// <summary>The next message: its letter and its body.</summary>
    public async Task<(char Type, byte[] Body)> ReadAsync()
    {
        var head = new byte[5];
        await _stream.ReadExactlyAsync(head, TestContext.Current.CancellationToken);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4];
        await _stream.ReadExactlyAsync(body, TestContext.Current.CancellationToken);
        return ((char)head[0], body);
    }

    /// <summary>Reads up to a message of that kind; returns what came, each as its letter and its text.</summary>
    public async Task<List<string>> UntilAsync(char type)
    {
        List<string> seen = [];
        while (true)
        {
            var (found, body) = await ReadAsync();
            seen.Add(found + Encoding.UTF8.GetString(body).Replace('\0', ' '));
            if (found == type)
                return seen;
        }
    }

    /// <summary>Closes the sending side only.</summary>
    public void Shutdown() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes it as a machine does that has crashed: by a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    // RFC 5802, without channel binding.
    private async Task AuthenticateAsync(string password)
    {
        await ReadAsync();
        var first = "n=,r=" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(12));
        var initial = Encoding.UTF8.GetBytes("n,," + first);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, initial.Length);
        await SendAsync(Message('p', Text("SCRAM-SHA-256"), length, initial));
        var server = Encoding.UTF8.GetString((await ReadAsync()).Body.AsSpan(4));
        var parts = server.Split(',').ToDictionary(part => part[0], part => part[2..]);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(parts['s']), int.Parse(parts['i'], System.Globalization.CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        var key = HMACSHA256.HashData(salted, "Client Key"u8);
        var final = $"c=biws,r={parts['r']}";
        var signature = HMACSHA256.HashData(SHA256.HashData(key), Encoding.UTF8.GetBytes($"{first},{server},{final}"));
        var proof = Convert.ToBase64String([.. key.Zip(signature, (a, b) => (byte)(a ^ b))]);
        await SendAsync(Message('p', Encoding.UTF8.GetBytes($"{final},p={proof}")));
    }
}
