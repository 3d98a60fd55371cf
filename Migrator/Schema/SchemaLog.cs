using Microsoft.Extensions.Logging;

namespace LaunchStack.Migrator.Schema;

internal static partial class SchemaLog
{
    [LoggerMessage(1, LogLevel.Information, "Schema script {Script} applied", EventName = "ScriptApplied")]
    public static partial void ScriptApplied(ILogger logger, string script);

    [LoggerMessage(2, LogLevel.Information, "Policy: {Change}", EventName = "PolicyChanged")]
    public static partial void PolicyChanged(ILogger logger, string change);

    [LoggerMessage(4, LogLevel.Information, "Schema at {Version}; {Scripts} scripts applied, {Policies} policies changed", EventName = "SchemaApplied")]
    public static partial void SchemaApplied(ILogger logger, string version, int scripts, int policies);

    [LoggerMessage(5, LogLevel.Debug, "{Detail}", EventName = "SchemaDetail")]
    public static partial void Detail(ILogger logger, string detail);

    [LoggerMessage(6, LogLevel.Information, "Another migrator is at work; waiting for it", EventName = "LockAwaited")]
    public static partial void LockAwaited(ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "ConnectionStrings__launchstack names an original database, as after a rollback: the services run on it as it is; nothing was changed", EventName = "OriginalLeftAlone")]
    public static partial void OriginalLeftAlone(ILogger logger);
}
