namespace LaunchStack.Web.Costs;

/// <summary>What a month will come to.</summary>
internal sealed record EstimateRow(string Month, DateOnly? Through, string Currency, decimal ToDate, decimal Expected, decimal Low, decimal High, int DaysObserved);
