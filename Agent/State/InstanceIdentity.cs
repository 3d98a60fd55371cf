using System.Text;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.State;

/// <summary>The machine's own instance id: made once, kept in the state directory.</summary>
internal static partial class InstanceIdentity
{
    // A UUID has 36 characters; the rest is room for white space that a person adds.
    private const int MaxBytes = 256;

    /// <summary>Reads the id, or makes it. A file that holds something else is renamed and a new id made, loudly: it begins a new history.</summary>
    public static Guid ReadOrCreate(StateDirectory state, ILogger logger)
    {
        var file = Path.Combine(state.Path, "instance-id");
        if (!Path.Exists(file))
            return Create(file, logger);
        if (Read(file) is { } kept)
            return kept;

        Obstacle.TryMove(file, "it holds no UUID", logger);
        var made = Create(file, logger);
        LogNew(logger, made, file);
        return made;
    }

    private static Guid? Read(string path)
    {
        var text = Encoding.UTF8.GetString(StateFile.Read(path, MaxBytes) ?? []).Trim('\ufeff', '\0', ' ', '\t', '\r', '\n');
        return Guid.TryParse(text, out var id) && id != Guid.Empty ? id : null;
    }

    private static Guid Create(string file, ILogger logger)
    {
        var made = Guid.NewGuid();
        if (StateFile.TryWrite(file, Encoding.ASCII.GetBytes($"{made:D}\n"), fsync: true, logger) is { } reason)
            LogNotKept(logger, file, reason, made);
        return made;
    }

    [LoggerMessage(EventName = "InstanceIdReplaced", Level = LogLevel.Error,
        Message = "This machine reports as instance {Instance} from now on. To go on with its old history, write the old id into {File} and restart")]
    private static partial void LogNew(ILogger logger, Guid instance, string file);

    [LoggerMessage(EventName = "InstanceIdNotKept", Level = LogLevel.Error,
        Message = "{File} cannot be written ({Reason}): until it can be, every start makes a new instance. To keep this one, set Agent:InstanceId to {Instance}")]
    private static partial void LogNotKept(ILogger logger, string file, string reason, Guid instance);
}
