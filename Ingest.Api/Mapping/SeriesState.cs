namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The last sample of a series, and what it contributes to its column.</summary>
/// <param name="Time">When, nanoseconds since 1970.</param>
/// <param name="Value">The sample's value; for deltas their running total.</param>
/// <param name="Part">What it contributes; NaN when nothing (the first sample of a rate).</param>
internal readonly record struct SeriesState(long Time, double Value, double Part)
{
    public static readonly SeriesState Empty = new(long.MinValue, 0, double.NaN);

    public bool IsEmpty => Time == long.MinValue;
}
