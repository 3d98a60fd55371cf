using System.Formats.Tar;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using LaunchStack.Operations.Backups.Figures;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>
/// The embedded database's own snapshot of its files, over HTTP on its own port, while it serves. It holds at least what was committed
/// when it was asked for; so samples are compared as they stood at a cutoff before that.
/// </summary>
internal sealed class SnapshotMethod(BackupOptions options) : IBackupMethod
{
    // Without the clients' usual time limits: it takes as long as there is data.
    private static readonly HttpClient Client = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>As it stands in manifests.</summary>
    public const string MethodName = "snapshot";

    public string Name => MethodName;

    public string FileName => "snapshot.tar.gz";

    public async Task<DatabaseFigures> CopyAsync(BackupSource source, Stream target, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenAsync(cancellationToken);
        var reader = new FiguresReader(connection);
        var cutoff = await connection.ScalarAsync<DateTime?>("SELECT usage_cutoff()", cancellationToken)
            ?? throw new BackupException("Samples are being moved in, or a transaction hides from us: there is no moment of which everything is known. Try again after the cutover.");
        var before = await reader.ReadAsync(cutoff, progress, cancellationToken);
        progress("snapshot");
        await DownloadAsync(source.ConnectionString, target, cancellationToken);
        progress("tables");
        var after = await reader.RelationsAsync(cancellationToken);
        return before with { Relations = FiguresComparison.Between(before.Relations, after) };
    }

    public async Task<RestoredDatabase> RestoreToScratchAsync(BackupSource source, BackupManifest manifest, Stream copy, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("launchstack-drill-").FullName;
        try
        {
            return await RestoreAsync(directory, copy, () => Directory.Delete(directory, recursive: true), cancellationToken);
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <summary>Unpacks into an empty directory and starts a gateway over it, which ends with the result.</summary>
    public async Task<RestoredDatabase> RestoreAsync(string directory, Stream copy, Action afterwards, CancellationToken cancellationToken)
    {
        try
        {
            await using var archive = new GZipStream(copy, CompressionMode.Decompress);
            await TarFile.ExtractToDirectoryAsync(archive, directory, overwriteFiles: false, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or BackupException or FormatException)
        {
            throw new DamagedBackupException([new(FileName, $"cannot be unpacked whole: {e.Message}")]);
        }
        var gateway = await GatewayProcess.StartAsync(options.GatewayFolder, directory, cancellationToken);
        return new(gateway.ConnectionString, [], async () =>
        {
            await gateway.DisposeAsync();
            afterwards();
        });
    }

    private static async Task DownloadAsync(NpgsqlConnectionStringBuilder database, Stream target, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{database.Host}:{database.Port}/snapshot");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{database.Username}:{database.Password}")));
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new BackupException(
                $"The embedded database answers {(int)response.StatusCode} to GET /snapshot: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        // What is cut off on the way is an exception here: the answer is chunked and has no end then.
        await response.Content.CopyToAsync(target, cancellationToken);
    }
}
