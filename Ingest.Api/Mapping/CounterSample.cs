namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>A sample of a counter.</summary>
/// <param name="Time">When, nanoseconds since 1970.</param>
/// <param name="Start">When the counter began to count; 0 where its client does not say.</param>
/// <param name="Value">What it stood at.</param>
internal readonly record struct CounterSample(long Time, long Start, double Value)
{
    /// <summary>After and above all others: nothing follows it.</summary>
    public static readonly CounterSample None = new(long.MaxValue, 0, double.PositiveInfinity);
}
