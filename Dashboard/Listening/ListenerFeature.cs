namespace LaunchStack.Dashboard.Listening;

/// <summary>Set on each connection by its listener.</summary>
internal sealed record ListenerFeature(ListenerKind Kind);
