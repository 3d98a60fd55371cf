namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What a series contributes to its sum in one step.</summary>
/// <param name="Step">Start of the step, nanoseconds since 1970.</param>
/// <param name="First">Its first sample within the step; of a total whose increase counts, the first with the greatest total.</param>
/// <param name="Last">Its last one.</param>
/// <param name="Value">In the column's unit: the greatest of the step; NaN where the total is known and not since when it counts.</param>
/// <param name="Total">Of a total whose increase counts: the greatest; NaN where nothing can be counted from it.</param>
internal readonly record struct SeriesPart(long Step, long First, long Last, double Value, double Total = 0)
{
    /// <summary>Of no step.</summary>
    public static readonly SeriesPart None = new(long.MinValue, 0, 0, 0);

    /// <summary>Whether another part of the same step is of another reading.</summary>
    public bool IsApartFrom(in SeriesPart other) => First != other.First && Last != other.Last && First != other.Last && Last != other.First;
}
