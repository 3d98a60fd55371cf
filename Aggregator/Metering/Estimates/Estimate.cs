namespace LaunchStack.Aggregator.Metering.Estimates;

/// <summary>What a month will come to.</summary>
/// <param name="Month">The month, yyyy-MM.</param>
/// <param name="Through">The last day whose lines are in <paramref name="ToDate"/>; null: none of the month yet.</param>
/// <param name="Currency">Of the amounts.</param>
/// <param name="ToDate">What the days so far come to.</param>
/// <param name="Expected">What the month is expected to come to.</param>
/// <param name="Low">Lower end of the band that nine of ten months stay within if days are independent.</param>
/// <param name="High">Its upper end.</param>
/// <param name="DaysObserved">Days that it is based on.</param>
public sealed record Estimate(
    string Month, DateOnly? Through, string Currency, decimal ToDate, decimal Expected, decimal Low, decimal High, int DaysObserved);
