namespace LaunchStack.Dashboard.Logs;

/// <summary>The six ranges of OTLP's severity numbers, and none.</summary>
public enum LogLevelName
{
    Unset, Trace, Debug, Info, Warning, Error, Critical,
}
