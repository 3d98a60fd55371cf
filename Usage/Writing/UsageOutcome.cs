using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Writing;

/// <summary>What became of a request, after its commit. Every sample is counted exactly once.</summary>
/// <param name="Accepted">New rows (and, with <see cref="ConflictMode.Merge"/>, samples that raised a column of a row).</param>
/// <param name="Duplicates">Samples whose identity was there already, in the table or earlier in the request.</param>
/// <param name="Rejected">The rest, ordered by index.</param>
public sealed record UsageOutcome(int Accepted, int Duplicates, IReadOnlyList<UsageRejection> Rejected);
