namespace LaunchStack.Aggregator.Metering.Estimates;

/// <summary>What the estimate of a past month would have been on the same day of it, against what it came to.</summary>
/// <param name="Month">The month, yyyy-MM.</param>
/// <param name="Expected">The estimate.</param>
/// <param name="Low">Lower end of its band.</param>
/// <param name="High">Upper end of its band.</param>
/// <param name="Actual">What the month's days came to.</param>
/// <param name="ErrorPercent">Estimate less actual, in percent of actual; null when nothing was used.</param>
/// <param name="WithinBand">Whether the band held.</param>
public sealed record EstimateCheck(
    string Month, decimal Expected, decimal Low, decimal High, decimal Actual, decimal? ErrorPercent, bool WithinBand);
