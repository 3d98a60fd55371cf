using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Instances;

/// <summary>A page of the list of instances.</summary>
/// <param name="Instances">In the order asked for.</param>
/// <param name="Next">The parameter <c>after</c> of the next page; null: this is the last.</param>
public sealed record InstanceList(IReadOnlyList<InstanceSummary> Instances, string? Next);
