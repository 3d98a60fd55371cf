namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What became of a request of series.</summary>
/// <param name="Values">Values read.</param>
/// <param name="Unmapped">Those that reach no column; no error.</param>
/// <param name="Refused">Those in rows that were refused, and elements that are invalid.</param>
/// <param name="Rows">Rows written or there already.</param>
/// <param name="Refusals">Why they were refused, each reason once, with the first that it is said of.</param>
internal sealed record SeriesOutcome(int Values, int Unmapped, int Refused, int Rows, IReadOnlyCollection<string> Refusals);
