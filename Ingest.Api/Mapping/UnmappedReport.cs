namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Values of one name that reached no column, since this process started.</summary>
/// <param name="Source">The protocol they came in.</param>
/// <param name="Series">Their name.</param>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many.</param>
/// <param name="LastSeen">When the last came.</param>
/// <param name="Example">Labels of one of them; without <c>Mapping:ShowLabelValues</c> their names only.</param>
internal sealed record UnmappedReport(
    string Source, string Series, string Reason, long Count, DateTimeOffset LastSeen, IReadOnlyDictionary<string, string>? Example);
