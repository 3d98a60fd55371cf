using System.Text.Json.Serialization;

namespace LaunchStack.Agent.Delivery;

/// <summary>Answer of <c>POST /v1/usage</c>. Whoever wrote it, any of its members may be missing.</summary>
/// <param name="Accepted">New samples.</param>
/// <param name="Duplicates">Samples that were there already.</param>
/// <param name="Rejected">Samples not kept.</param>
internal sealed record UsageReceipt(long? Accepted, long? Duplicates, IReadOnlyList<RejectedSample?>? Rejected)
{
    public static UsageReceipt Empty { get; } = new(0, 0, null);

    /// <summary>Whether each of the samples sent is either accepted, a duplicate, or rejected by its own index.</summary>
    public bool AccountsFor(int sent)
    {
        var rejected = Rejected ?? [];
        return Accepted is null or >= 0
            && Duplicates is null or >= 0
            && rejected.All(sample => sample?.Index >= 0 && sample.Index < sent)
            && rejected.Select(sample => sample!.Index).Distinct().Count() == rejected.Count
            // In this order: two numbers of the wire may add up to more than a long holds.
            && Accepted.GetValueOrDefault() <= sent - rejected.Count
            && Duplicates.GetValueOrDefault() == sent - rejected.Count - Accepted.GetValueOrDefault();
    }
}

/// <summary>A sample that was not kept.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Code">Why, for programs.</param>
/// <param name="Detail">Why, for people.</param>
internal sealed record RejectedSample(int? Index, string? Code, string? Detail)
{
    /// <summary>The instance is not registered: it can be, and then the sample is welcome.</summary>
    public const string UnknownInstance = "unknown_instance";
}

/// <summary>The parts of problem+json that are read.</summary>
internal sealed record IngestProblem(int? Status, string? Title, string? Detail);

/// <summary>Body of <c>PUT /v1/instances/{id}</c>.</summary>
internal sealed record InstanceRegistration(string Name);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UsageReceipt))]
[JsonSerializable(typeof(IngestProblem))]
[JsonSerializable(typeof(InstanceRegistration))]
internal sealed partial class IngestJson : JsonSerializerContext;
