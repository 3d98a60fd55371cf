namespace LaunchStack.Web.Costs;

/// <summary>One difference.</summary>
internal sealed record ProofDifferenceRow(Guid? InstanceId, DateOnly? Day, string Reason);
