using Npgsql;

namespace LaunchStack.TestSupport;

/// <summary>One real gateway process over a data directory.</summary>
public sealed class EmbeddedGateway : IAsyncDisposable
{
    private const string Password = "test-password";

    internal EmbeddedGateway(ChildProcess process, string ready)
    {
        Process = process;
        Port = int.Parse(ready[(ready.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Folder of the gateway's sources.</summary>
    public static string Folder { get; } = Path.Combine(RepositoryRoot.Path, "Hosting", "Timescale", "Embedded");

    /// <summary>The process, for tests that kill it.</summary>
    public ChildProcess Process { get; }

    /// <summary>Port it listens on.</summary>
    public int Port { get; }

    /// <summary>For Npgsql, with the settings the services use.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Password = Password,
        Database = "launchstack",
        NoResetOnClose = true,
        MaxAutoPrepare = 0,
    }.ConnectionString;

    /// <summary>Starts a gateway and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">Its npm package is missing, or it failed; the message says what it printed.</exception>
    public static async Task<EmbeddedGateway> StartAsync(string dataDirectory, params string[] options)
    {
        var process = Launch(dataDirectory, options);
        return new(process, await process.WaitForLineAsync("ready on ", TimeSpan.FromMinutes(1)));
    }

    /// <summary>Fills an empty directory with a database that holds nothing but the extension.</summary>
    public static async Task CopyEmptyAsync(string dataDirectory) =>
        TemplateDatabase.Copy(await TemplateDatabase.GetAsync(migrated: false), dataDirectory);

    /// <summary>Fills an empty directory with a database of the newest schema.</summary>
    public static async Task CopyMigratedAsync(string dataDirectory) =>
        TemplateDatabase.Copy(await TemplateDatabase.GetAsync(migrated: true), dataDirectory);

    /// <summary>Starts one without waiting, for tests of how it refuses to.</summary>
    public static ChildProcess Launch(string dataDirectory, params string[] options) =>
        LaunchScript("gateway.mjs", ["--data", dataDirectory, "--port", "0", "--stdin-lifeline", .. options]);

    internal static ChildProcess LaunchScript(string script, IEnumerable<string> arguments)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
            throw new InvalidOperationException($"The embedded database is not installed. Run: npm ci --prefix {Folder}");
        return ChildProcess.Start(
            "gateway",
            "node",
            [script, .. arguments],
            new Dictionary<string, string> { ["LAUNCHSTACK_EMBEDDED_PASSWORD"] = Password },
            Folder);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
