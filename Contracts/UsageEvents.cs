namespace LaunchStack.Contracts;

/// <summary>A commit of samples to the hypertable. One per commit, at least once.</summary>
/// <param name="BatchId">Identity of the commit; the same in every redelivery.</param>
/// <param name="Rows">New rows; duplicates are not counted.</param>
/// <param name="First">Earliest sample time of the commit.</param>
/// <param name="Last">Latest sample time of the commit.</param>
/// <param name="InstanceCount">Instances with new rows.</param>
/// <param name="CommittedAt">Server time of the commit.</param>
public sealed record UsageIngested(
    Guid BatchId,
    long Rows,
    DateTimeOffset First,
    DateTimeOffset Last,
    int InstanceCount,
    DateTimeOffset CommittedAt);

/// <summary>A rollup was refreshed over [<paramref name="From"/>, <paramref name="To"/>).</summary>
/// <param name="Rollup">Name of the continuous aggregate, for example <c>resource_usage_5m</c>.</param>
/// <param name="From">Start of the refreshed window, inclusive.</param>
/// <param name="To">End of the refreshed window, exclusive.</param>
/// <param name="RefreshedAt">When the refresh had committed.</param>
public sealed record UsageRolledUp(string Rollup, DateTimeOffset From, DateTimeOffset To, DateTimeOffset RefreshedAt);
