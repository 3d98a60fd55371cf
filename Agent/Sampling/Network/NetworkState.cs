using System.Text.Json.Serialization;

namespace LaunchStack.Agent.Sampling.Network;

/// <summary>What must survive a restart of the agent for its counters to go on: the file <c>network</c> in the state directory.</summary>
/// <param name="Boot">The kernel's run, after whose end all counters begin anew.</param>
/// <param name="In">Bytes reported as received.</param>
/// <param name="Out">Bytes reported as sent.</param>
/// <param name="Devices">The devices there were, as last read.</param>
internal sealed record NetworkState(string? Boot, long In, long Out, IReadOnlyList<NetworkDevice> Devices);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NetworkState))]
internal sealed partial class NetworkJson : JsonSerializerContext;
