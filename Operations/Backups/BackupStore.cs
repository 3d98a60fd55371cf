using System.Text.Json;
using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Backups;

/// <summary>
/// The directory of backups: one folder each, with the file, <c>manifest.json</c>, and <c>drill.json</c> of its last drill. It is all there
/// is to know of them, since the day they are needed the database is gone. A folder gets its name when it is complete.
/// </summary>
internal sealed class BackupStore(BackupOptions options, TimeProvider time)
{
    private const string Partial = ".partial-";
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Whether backups are made at all.</summary>
    public bool IsConfigured => options.Directory.Length > 0;

    /// <summary>Since when this directory has been used for backups.</summary>
    public DateTimeOffset? Since => System.IO.Directory.Exists(options.Directory) ? System.IO.Directory.GetCreationTimeUtc(options.Directory) : null;

    /// <summary>Why the last one that was due could not even be recorded here; null when it could.</summary>
    public string? Failure { get; set; }

    /// <summary>For the alarms; null where no backups are made.</summary>
    public BackupState? State()
    {
        if (!IsConfigured)
            return null;
        var all = List();
        var tried = all.Select(manifest => (manifest.Name, Drill: DrillOf(manifest))).FirstOrDefault(pair => pair.Drill is not null);
        var now = time.GetUtcNow();
        double? interval = options.NextAfter(now) is { } next && options.NextAfter(next) is { } afterNext ? (afterNext - next).TotalSeconds : null;
        return new(
            Since ?? now, all.FirstOrDefault(manifest => manifest.State == BackupManifest.Completed)?.StartedAt, Failure ?? (all.Count > 0 ? all[0].Error : null), interval * 2,
            tried.Drill?.Outcome, tried.Drill?.Findings is [var finding, ..] ? finding.ToString() : null, tried.Name);
    }

    /// <summary>Newest first, failed ones too.</summary>
    public IReadOnlyList<BackupManifest> List() => !System.IO.Directory.Exists(options.Directory)
        ? []
        : [.. System.IO.Directory.EnumerateDirectories(options.Directory).Select(folder => Read<BackupManifest>(Path.Combine(folder, "manifest.json")))
            .OfType<BackupManifest>().OrderByDescending(manifest => manifest.StartedAt)];

    /// <summary>The backup of this id.</summary>
    public BackupManifest? Find(Guid id) => List().FirstOrDefault(manifest => manifest.Id == id);

    /// <summary>The last drill of a backup.</summary>
    public DrillReport? DrillOf(BackupManifest manifest) => Read<DrillReport>(Path.Combine(options.Directory, manifest.Name, "drill.json"));

    /// <summary>Where the backup's file lies.</summary>
    /// <exception cref="BackupException">It has none.</exception>
    public string PathOf(BackupManifest manifest) => manifest.File is { } file
        ? Path.Combine(options.Directory, manifest.Name, file)
        : throw new BackupException($"Backup {manifest.Name} failed and has no file: {manifest.Error}");

    /// <summary>Writes a drill's report beside its backup.</summary>
    public void Save(BackupManifest manifest, DrillReport report) => Write(Path.Combine(options.Directory, manifest.Name, "drill.json"), report);

    /// <summary>A folder for a backup that is being made; leftovers of one that was killed go.</summary>
    /// <exception cref="BackupException">The directory cannot be written to.</exception>
    public string Begin(string name)
    {
        try
        {
            foreach (var left in System.IO.Directory.Exists(options.Directory) ? System.IO.Directory.EnumerateDirectories(options.Directory, Partial + "*") : [])
                System.IO.Directory.Delete(left, recursive: true);
            var folder = Path.Combine(options.Directory, Partial + name);
            // It holds everything that the database holds.
            if (OperatingSystem.IsWindows())
                System.IO.Directory.CreateDirectory(folder);
            else
                System.IO.Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"Backups:Directory ({options.Directory}) cannot be written to: {e.Message}", e);
        }
    }

    /// <summary>Gives the folder its name, and its manifest before.</summary>
    public void Complete(string folder, BackupManifest manifest)
    {
        Write(Path.Combine(folder, "manifest.json"), manifest);
        System.IO.Directory.Move(folder, Path.Combine(options.Directory, manifest.Name));
    }

    /// <summary>Removes what is too old or too much; never the newest that succeeded, nor the newest that passed its drill.</summary>
    public IReadOnlyList<string> Prune()
    {
        var all = List();
        var good = all.Where(manifest => manifest.State == BackupManifest.Completed).ToList();
        var needed = new[] { good.FirstOrDefault()?.Name, good.FirstOrDefault(manifest => DrillOf(manifest)?.Outcome == DrillReport.Passed)?.Name };
        var kept = good.Where(manifest => time.GetUtcNow() - manifest.StartedAt <= options.KeepFor).Take(options.Keep)
            .Concat(all.Where(manifest => manifest.State == BackupManifest.Failed).Take(options.Keep)).Select(manifest => manifest.Name).Concat(needed).ToHashSet();
        var removed = all.Where(manifest => !kept.Contains(manifest.Name)).Select(manifest => manifest.Name).ToList();
        foreach (var name in removed)
            System.IO.Directory.Delete(Path.Combine(options.Directory, name), recursive: true);
        return removed;
    }

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Another Operations is removing it, or it was damaged: a backup without its manifest is none.
            return null;
        }
    }

    private static void Write<T>(string path, T value)
    {
        using (var stream = new FileStream(path + ".next", FileMode.Create))
        {
            JsonSerializer.Serialize(stream, value, Json);
            stream.Flush(flushToDisk: true);
        }
        File.Move(path + ".next", path, overwrite: true);
    }
}
