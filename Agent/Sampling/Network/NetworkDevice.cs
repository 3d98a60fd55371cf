namespace LaunchStack.Agent.Sampling.Network;

/// <summary>A network device and its counters.</summary>
/// <param name="Name">As in /proc/net/dev.</param>
/// <param name="Index">Of the kernel, not given to another device that comes later; 0 where it is not known.</param>
/// <param name="In">Bytes received.</param>
/// <param name="Out">Bytes sent.</param>
internal sealed record NetworkDevice(string Name, long Index, long In, long Out);
