using System.Text.Json.Serialization;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>Answer of <c>POST /v1/usage</c>, after the commit. Every sample is counted once.</summary>
/// <param name="Accepted">New rows.</param>
/// <param name="Duplicates">Samples that were there already.</param>
/// <param name="Rejected">Samples that were not kept, ordered by index; no more than <see cref="MaxNamed"/>.</param>
/// <param name="MoreRejected">How many more there are; null where all are named.</param>
public sealed record UsageAnswer(
    int Accepted, int Duplicates, IReadOnlyList<UsageRejection> Rejected, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MoreRejected)
{
    /// <summary>Rejected samples that one answer names: the agent's usual request. Without a limit one of 56 bytes brings a megabyte.</summary>
    internal const int MaxNamed = 1000;

    /// <summary>What a client is told of an outcome.</summary>
    internal static UsageAnswer Of(UsageOutcome outcome) => outcome.Rejected.Count <= MaxNamed
        ? new(outcome.Accepted, outcome.Duplicates, outcome.Rejected, null)
        : new(outcome.Accepted, outcome.Duplicates, [.. outcome.Rejected.Take(MaxNamed)], outcome.Rejected.Count - MaxNamed);
}

/// <summary>One sample on the wire; describes the body to OpenAPI. Parsing does not go through it.</summary>
internal sealed record UsageSampleBody(
    Guid InstanceId,
    DateTimeOffset Timestamp,
    double? CpuUsage,
    long? MemoryUsage,
    long? MemoryLimit,
    long? DiskUsage,
    long? NetworkIn,
    long? NetworkOut);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UsageAnswer))]
internal sealed partial class UsageJson : JsonSerializerContext;
