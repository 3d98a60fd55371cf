namespace LaunchStack.Dashboard.Listening;

/// <summary>Which of the three addresses a connection came in by: pages must not be reachable by the receiver's port, nor the reverse.</summary>
internal enum ListenerKind
{
    Pages, OtlpGrpc, OtlpHttp,
}
