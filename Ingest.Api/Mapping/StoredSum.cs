namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What a sum of counters stood at before this process knew them.</summary>
/// <param name="Value">The sum, bytes.</param>
/// <param name="Since">Time from then to the first value here.</param>
internal readonly record struct StoredSum(double Value, TimeSpan Since)
{
    // What may have been counted meanwhile: a gigabit a second, and never less than a busy container moves in a minute.
    private const double BytesPerSecond = 125e6;
    private const double AnyTime = 1e9;
    private const double OfSum = 0.01;

    /// <summary>Whether counters that add up to <paramref name="total"/> may be the same ones: none has come or gone.</summary>
    public bool MayBecome(double total) =>
        total >= Value && total - Value <= Math.Max(AnyTime, Math.Max(Value * OfSum, Since.TotalSeconds * BytesPerSecond));
}
