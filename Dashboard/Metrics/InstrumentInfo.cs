namespace LaunchStack.Dashboard.Metrics;

/// <summary>An instrument as the page's list shows it.</summary>
internal sealed record InstrumentInfo(string Scope, string Name, string Description, string Unit, InstrumentKind Kind);
