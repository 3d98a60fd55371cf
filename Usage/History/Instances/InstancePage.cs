namespace LaunchStack.Usage.History;

/// <summary>A page of the list of instances.</summary>
/// <param name="Instances">In the order asked for.</param>
/// <param name="Next">Where the next page goes on; null: this is the last.</param>
public sealed record InstancePage(IReadOnlyList<InstanceSummary> Instances, InstanceCursor? Next);
