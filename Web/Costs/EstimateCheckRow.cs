namespace LaunchStack.Web.Costs;

/// <summary>What the estimate of a past month would have been.</summary>
internal sealed record EstimateCheckRow(string Month, decimal Expected, decimal Low, decimal High, decimal Actual, decimal? ErrorPercent, bool WithinBand);
