using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>A hot standby ends what is read there when it stands in the way of what its primary has changed: with a new snapshot it goes on.</summary>
internal static class RecoveryConflict
{
    private const string Remedy =
        "On the standby, set max_standby_streaming_delay = -1 (it waits for who reads), or hot_standby_feedback = on (the primary keeps what is read), and reload; "
        + "or name the primary in ConnectionStrings__original.";

    /// <summary>Told by the server's function that raises it: others raise the same states, and the text is translated.</summary>
    public static bool Is(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected, Routine: { } routine }
            ? routine == "ProcessInterrupts" || routine.Contains("Conflict", StringComparison.OrdinalIgnoreCase)
            : error.InnerException is { } cause && Is(cause);

    /// <summary>What to do once it has ended a verb <paramref name="times"/> times.</summary>
    public static RefusedException Refuse(int times, Exception error) => new(
        $"The original is a hot standby, and {times} times it ended what was read there, as that stood in the way of what its primary had changed "
        + $"({Describe(error)}). {Remedy} Then, or once less is changed, run the migrator again; it goes on where it was.", error);

    /// <summary>Says it to who waits for a verb that goes on.</summary>
    public static void Log(ILogger logger, Exception error) => DatabaseLog.RecoveryConflict(logger, Describe(error), Remedy);

    private static string Describe(Exception error) =>
        error is PostgresException conflict ? $"{conflict.SqlState}: {conflict.MessageText}" : Describe(error.InnerException!);
}
