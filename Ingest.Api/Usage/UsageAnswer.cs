using System.Text.Json.Serialization;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>Answer of <c>POST /v1/usage</c>, after the commit. Every sample is counted once.</summary>
/// <param name="Accepted">New rows.</param>
/// <param name="Duplicates">Samples that were there already.</param>
/// <param name="Rejected">Samples that were not kept, ordered by index.</param>
public sealed record UsageAnswer(int Accepted, int Duplicates, IReadOnlyList<UsageRejection> Rejected);

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
