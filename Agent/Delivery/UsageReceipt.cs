using System.Text.Json.Serialization;

namespace LaunchStack.Agent.Delivery;

/// <summary>Answer of <c>POST /v1/usage</c>.</summary>
/// <param name="Accepted">New samples.</param>
/// <param name="Duplicates">Samples that were there already.</param>
/// <param name="Rejected">Samples not kept.</param>
internal sealed record UsageReceipt(int Accepted, int Duplicates, IReadOnlyList<RejectedSample>? Rejected);

/// <summary>A sample that was not kept.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Code">Why, for programs.</param>
/// <param name="Detail">Why, for people.</param>
internal sealed record RejectedSample(int Index, string Code, string? Detail)
{
    /// <summary>The instance is not registered: it can be, and then the sample is welcome.</summary>
    public const string UnknownInstance = "unknown_instance";
}

/// <summary>The parts of problem+json that are read.</summary>
internal sealed record IngestProblem(string? Title, string? Detail, int? Accepted, int? Duplicates, IReadOnlyList<RejectedSample>? Rejected);

/// <summary>Body of <c>PUT /v1/instances/{id}</c>.</summary>
internal sealed record InstanceRegistration(string Name);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UsageReceipt))]
[JsonSerializable(typeof(IngestProblem))]
[JsonSerializable(typeof(InstanceRegistration))]
internal sealed partial class IngestJson : JsonSerializerContext;
