using System.ComponentModel.DataAnnotations;
using Cronos;

namespace LaunchStack.Operations.Backups;

/// <summary>Section <c>Backups</c>.</summary>
public sealed class BackupOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Backups";

    /// <summary>Where backups are kept, a directory or a mounted path, best on another disk. Empty: none are made.</summary>
    public string Directory { get; set; } = "";

    /// <summary>When one is made: a cron expression of five fields, UTC. Empty: on request only.</summary>
    public string Schedule { get; set; } = "0 3 * * *";

    /// <summary>How many are kept.</summary>
    [Range(1, 10_000)]
    public int Keep { get; set; } = 14;

    /// <summary>How long they are kept; the newest that succeeded stays whatever its age.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Whether each backup is restored and compared at once.</summary>
    public bool Drill { get; set; } = true;

    /// <summary>Encrypts backups, at least 16 characters. Without it nobody reads them: keep it elsewhere. Empty: not encrypted.</summary>
    public string Key { get; set; } = "";

    /// <summary>Folder of pg_dump and pg_restore; empty: looked for, by the server's major version.</summary>
    public string PostgresBin { get; set; } = "";

    /// <summary>Connection string of a server for the scratch databases of drills; empty: the database's own.</summary>
    public string DrillServer { get; set; } = "";

    /// <summary>Folder of the embedded database's gateway.mjs, with which its drills start a second one.</summary>
    public string GatewayFolder { get; set; } = "";

    /// <summary>When <see cref="Schedule"/> comes round next after a moment; null: never.</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset moment) =>
        Schedule.Length > 0 ? CronExpression.Parse(Schedule).GetNextOccurrence(moment, TimeZoneInfo.Utc) : null;
}
