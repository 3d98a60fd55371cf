using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>pg_dump and pg_restore of one major version.</summary>
internal sealed partial class PostgresTools
{
    private const int MaxErrors = 20;

    private readonly string _folder;

    private PostgresTools(string folder) => _folder = folder;

    /// <summary>Those of a server's own major version: an older pg_dump refuses a newer server, a newer one may write what that server cannot read.</summary>
    /// <exception cref="BackupException">There are none here; says what to install.</exception>
    public static async Task<PostgresTools> FindAsync(string configured, int major, CancellationToken cancellationToken)
    {
        string[] folders = configured.Length > 0
            ? [configured]
            :
            [
                $"/usr/lib/postgresql/{major}/bin", $"/usr/pgsql-{major}/bin", $"/usr/libexec/postgresql{major}", $"/usr/local/opt/postgresql@{major}/bin",
                .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            ];
        var others = new List<string>();
        foreach (var folder in folders.Where(folder => File.Exists(Path.Combine(folder, "pg_dump")) && File.Exists(Path.Combine(folder, "pg_restore"))))
        {
            var found = await VersionAsync(Path.Combine(folder, "pg_dump"), cancellationToken);
            if (found == major)
                return new(folder);
            others.Add($"{folder} has {found}");
        }
        throw new BackupException(
            $"pg_dump {major} is needed for a server of that version, and is not here{(others.Count > 0 ? $" ({string.Join("; ", others.Distinct())})" : "")}. "
            + $"Install it (Debian: apt-get install postgresql-client-{major}), or set Backups:PostgresBin to its folder.");
    }

    /// <summary>Runs pg_dump into <paramref name="target"/>.</summary>
    /// <exception cref="BackupException">It failed; with its last words.</exception>
    public async Task DumpAsync(NpgsqlConnectionStringBuilder database, string snapshot, Stream target, CancellationToken cancellationToken)
    {
        using var process = Start(
            "pg_dump", database, ["--format=custom", "--compress=6", $"--snapshot={snapshot}", "--no-password", database.Database!], input: false);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await RunAsync(process, process.StandardOutput.BaseStream.CopyToAsync(target, cancellationToken), cancellationToken);
        if (process.ExitCode != 0)
            throw new BackupException($"pg_dump ended with {process.ExitCode}: {Errors(await errors).LastOrDefault() ?? "no message"}");
    }

    /// <summary>Runs pg_restore from <paramref name="source"/>; what belongs to others elsewhere belongs to who restores here.</summary>
    /// <returns>Its errors; it goes on after each.</returns>
    public async Task<IReadOnlyList<string>> RestoreAsync(NpgsqlConnectionStringBuilder database, Stream source, CancellationToken cancellationToken)
    {
        using var process = Start("pg_restore", database, ["--no-owner", "--no-privileges", "--no-password", $"--dbname={database.Database}"], input: true);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await RunAsync(process, FeedAsync(), cancellationToken);
        var lines = Errors(await errors).ToList();
        return process.ExitCode == 0 ? [] : lines.Count > 0 ? lines : [$"pg_restore ended with {process.ExitCode}"];

        async Task FeedAsync()
        {
            await using var input = process.StandardInput.BaseStream;
            try
            {
                await source.CopyToAsync(input, cancellationToken);
            }
            catch (IOException) when (process.HasExited || input.CanWrite)
            {
                // It has ended before the end of its input: its words say why.
            }
        }
    }

    private static async Task RunAsync(Process process, Task transfer, CancellationToken cancellationToken)
    {
        try
        {
            await transfer;
            await process.WaitForExitAsync(cancellationToken);
        }
        catch
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start(string program, NpgsqlConnectionStringBuilder database, IEnumerable<string> arguments, bool input)
    {
        var start = new ProcessStartInfo(Path.Combine(_folder, program), arguments)
        {
            RedirectStandardInput = input,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGHOST"] = database.Host;
        start.Environment["PGPORT"] = database.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = database.Username;
        start.Environment["PGPASSWORD"] = database.Password;
        start.Environment["PGSSLMODE"] = SslMode(database.SslMode);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start) ?? throw new BackupException($"{program} does not start.");
    }

    private static string SslMode(Npgsql.SslMode mode) => mode switch
    {
        Npgsql.SslMode.VerifyCA => "verify-ca",
        Npgsql.SslMode.VerifyFull => "verify-full",
        _ => mode.ToString().ToLowerInvariant(),
    };

    private static IEnumerable<string> Errors(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.Contains("error:", StringComparison.Ordinal)).Take(MaxErrors);

    private static async Task<int> VersionAsync(string program, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return Version().Match(text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@" (\d+)")]
    private static partial Regex Version();
}
