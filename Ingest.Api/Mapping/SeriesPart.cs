namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What a series contributes to its sum in one step.</summary>
/// <param name="Step">Start of the step, nanoseconds since 1970.</param>
/// <param name="First">Its first sample within the step.</param>
/// <param name="Last">Its last one.</param>
/// <param name="Value">In the column's unit: the greatest of the step.</param>
internal readonly record struct SeriesPart(long Step, long First, long Last, double Value)
{
    /// <summary>Of no step.</summary>
    public static readonly SeriesPart None = new(long.MinValue, 0, 0, 0);
}
