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

    /// <summary>
    /// Makes the files of a directory those of the template. What has kept its length and its time of writing, which a copy takes over,
    /// stays as it lies: to make and delete a thousand files for each test takes the kernel most of a second.
    /// </summary>
    public static void Copy(string template, string target)
    {
        var files = Files(template);
        var there = Files(target);
        foreach (var gone in there.Keys.Except(files.Keys))
            File.Delete(Path.Combine(target, gone));
        foreach (var directory in Directory.EnumerateDirectories(template, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(template, directory)));
        foreach (var (name, state) in files)
        {
            if (!there.TryGetValue(name, out var old) || old != state)
                File.Copy(Path.Combine(template, name), Path.Combine(target, name), overwrite: true);
        }
    }

    private static Dictionary<string, (long Length, DateTime Written)> Files(string directory) =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(directory, file.FullName), file => (file.Length, file.LastWriteTimeUtc));

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
