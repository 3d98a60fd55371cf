namespace LaunchStack.Web.Costs;

/// <summary>A user's month so far and where it is heading.</summary>
internal sealed record EstimateAnswer(EstimateRow Estimate, IReadOnlyList<ChargeRow> Lines, IReadOnlyList<EstimateCheckRow> PastEstimates);
