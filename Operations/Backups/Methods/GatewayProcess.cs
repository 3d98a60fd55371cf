using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>A second embedded database, over a directory of its own. It ends when this process does.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const string Ready = "ready on ";

    // It replays the log first: 45 s a gigabyte were measured. One over damaged files may never come up.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);

    // The gateway itself gives up after 8 s, unless a statement keeps it from looking.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private GatewayProcess(Process process, string connectionString) => (_process, ConnectionString) = (process, connectionString);

    public string ConnectionString { get; }

    /// <exception cref="BackupException">It does not start; with its last words.</exception>
    public static async Task<GatewayProcess> StartAsync(string folder, string directory, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, "gateway.mjs")))
            throw new BackupException($"A snapshot is restored with the embedded database's gateway.mjs, and Backups:GatewayFolder ('{folder}') has none.");
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        var start = new ProcessStartInfo("node", ["gateway.mjs", "--data", directory, "--port", "0", "--stdin-lifeline", "--transaction", "3600"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LAUNCHSTACK_EMBEDDED_PASSWORD"] = password;
        var process = Process.Start(start) ?? throw new BackupException("node does not start.");
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string? line;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            while ((line = await process.StandardOutput.ReadLineAsync(limit.Token)) is not null && !line.StartsWith(Ready, StringComparison.Ordinal))
            {
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new BackupException($"The restored database has not started within {StartLimit.TotalMinutes:0} minutes.");
        }
        if (line is null)
        {
            await process.WaitForExitAsync(cancellationToken);
            var words = (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.Dispose();
            throw new BackupException($"The restored database does not start: {words.LastOrDefault() ?? "no message"}");
        }
        // What it prints from now on is of no interest, but a full pipe would stop it.
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture),
            Username = "postgres",
            Password = password,
            Database = "launchstack",
            NoResetOnClose = true,
            MaxAutoPrepare = 0,
        };
        return new(process, connection.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
