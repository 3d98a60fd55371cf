using System.Security.Cryptography;
using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.TestSupport;

/// <summary>
/// A data directory made once and copied for each test: a first start takes seconds, a start over a copy much less.
/// Kept under the system's temporary folder by what it was made from, so a changed gateway or schema makes another.
/// </summary>
internal static class TemplateDatabase
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(2);

    /// <summary>Path of the template, made if need be; several test processes may ask at once.</summary>
    public static async Task<string> GetAsync(bool migrated)
    {
        var root = Path.Combine(Path.GetTempPath(), $"launchstack-templates-{Environment.UserName}");
        Directory.CreateDirectory(root);
        var template = Path.Combine(root, Key(migrated));
        if (Directory.Exists(template))
            return template;

        await using var turn = await LockAsync(template + ".lock");
        if (!Directory.Exists(template))
            await BuildAsync(template, migrated);
        return template;
    }

    /// <summary>Copies the template's files to an empty directory.</summary>
    public static void Copy(string template, string target)
    {
        foreach (var directory in Directory.EnumerateDirectories(template, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(template, directory)));
        foreach (var file in Directory.EnumerateFiles(template, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(target, Path.GetRelativePath(template, file)));
    }

    private static async Task BuildAsync(string template, bool migrated)
    {
        var building = $"{template}.{Environment.ProcessId}";
        Directory.CreateDirectory(building);
        if (migrated)
            Copy(await GetAsync(migrated: false), building);
        await using (var gateway = await EmbeddedGateway.StartAsync(building))
        {
            if (migrated)
                await SchemaMigration.ApplyAsync(gateway.ConnectionString, new LifecycleOptions(), NullLogger.Instance, CancellationToken.None);
            await gateway.Process.TerminateAsync();
        }
        // Whole or not at all: a test process killed while building leaves nothing that looks finished.
        Directory.Move(building, template);
    }

    private static string Key(bool migrated)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(Path.Combine(EmbeddedGateway.Folder, "package-lock.json")));
        hash.AppendData(File.ReadAllBytes(Path.Combine(EmbeddedGateway.Folder, "src", "engine", "timescale.mjs")));
        hash.AppendData(File.ReadAllBytes(Path.Combine(EmbeddedGateway.Folder, "src", "engine", "defaults.mjs")));
        if (migrated)
            hash.AppendData(typeof(SchemaMigration).Assembly.ManifestModule.ModuleVersionId.ToByteArray());
        return $"{(migrated ? "migrated" : "empty")}-{Convert.ToHexString(hash.GetHashAndReset())[..16]}";
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        FileStream? turn = null;
        await Wait.UntilAsync(
            () =>
            {
                try
                {
                    turn = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                catch (IOException)
                {
                    // Another test process is building it.
                }
                return turn is not null;
            },
            $"the lock {path}",
            BuildLimit);
        return turn!;
    }
}
