namespace LaunchStack.Web.Costs;

/// <summary>A frozen month.</summary>
internal sealed record StatementHead(
    Guid Id, Guid UserId, DateOnly Month, int RateCard, string Currency, decimal Total, double? CoveredShare, DateTimeOffset Cutoff, string Digest, DateTimeOffset FrozenAt);
