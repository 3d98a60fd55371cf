namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A <see cref="SumGroup"/> at one moment.</summary>
/// <param name="Instance">Whose sum it is.</param>
/// <param name="Version">Counts its changes.</param>
/// <param name="Members">Its series.</param>
/// <param name="Base">The step with which its counters began; <see cref="long.MaxValue"/> before.</param>
/// <param name="Stored">The sum from which its counters go on; null where they begin anew, or add up to it themselves.</param>
/// <param name="Held">What counters that are not known have contributed.</param>
/// <param name="Pace">How far apart its steps come.</param>
/// <param name="Apart">Two members that are read at different times; null where none are known.</param>
internal readonly record struct SumSnapshot(
    Guid Instance, int Version, ReadOnlyMemory<Series> Members, long Base, StoredSum? Stored, double Held, SumPace Pace, (Series, Series)? Apart);
