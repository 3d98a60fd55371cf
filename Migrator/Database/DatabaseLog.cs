using Microsoft.Extensions.Logging;

namespace LaunchStack.Migrator.Database;

internal static partial class DatabaseLog
{
    [LoggerMessage(3, LogLevel.Information, "Waiting for the database for {Elapsed:0} s: {Reason}", EventName = "DatabaseAwaited")]
    public static partial void DatabaseAwaited(ILogger logger, double elapsed, string reason);

    [LoggerMessage(10, LogLevel.Information, "{Narrowed}: goes on over these", EventName = "WorkersNarrowed")]
    public static partial void WorkersNarrowed(ILogger logger, string narrowed);

    [LoggerMessage(8, LogLevel.Warning, "The original, a hot standby, ended what was read there; goes on with a new snapshot. {Cause}. {Remedy}", EventName = "RecoveryConflict")]
    public static partial void RecoveryConflict(ILogger logger, string cause, string remedy);

    [LoggerMessage(9, LogLevel.Information, "Another session changed the same at once, as a background job does; begins again. {Cause}", EventName = "LostRace")]
    public static partial void LostRace(ILogger logger, string cause);
}
