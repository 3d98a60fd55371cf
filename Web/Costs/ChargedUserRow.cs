namespace LaunchStack.Web.Costs;

/// <summary>A user whom usage is charged to, with the newest statement.</summary>
internal sealed record ChargedUserRow(Guid UserId, StatementHead? LatestStatement);
