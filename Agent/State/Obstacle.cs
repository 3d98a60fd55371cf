using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.State;

/// <summary>What lies in the state directory where a file of the agent's belongs, and cannot be used: a directory, a pipe, garbage.</summary>
internal static partial class Obstacle
{
    public const string Suffix = ".corrupt";
    private const int MaxKept = 100;

    /// <summary>Renames it, so that nothing of it is lost and the agent goes on, and says so.</summary>
    /// <returns>Whether the place is free now.</returns>
    public static bool TryMove(string path, string reason, ILogger logger)
    {
        var target = path + Suffix;
        for (var number = 1; Path.Exists(target) && number < MaxKept; number++)
            target = $"{path}{Suffix}.{number}";
        try
        {
            if (Directory.Exists(path))
                Directory.Move(path, target);
            else
                File.Move(path, target);
            LogMoved(logger, path, reason, target);
            return true;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            LogInTheWay(logger, path, reason, failure.Message);
            return false;
        }
    }

    [LoggerMessage(EventName = "StateFileMoved", Level = LogLevel.Warning, Message = "{File} cannot be used ({Reason}): what lies there is now {Moved}")]
    private static partial void LogMoved(ILogger logger, string file, string reason, string moved);

    [LoggerMessage(EventName = "StateFileInTheWay", Level = LogLevel.Error, Message = "{File} cannot be used ({Reason}), nor renamed ({Failure})")]
    private static partial void LogInTheWay(ILogger logger, string file, string reason, string failure);
}
