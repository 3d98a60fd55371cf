using LaunchStack.Agent.Spooling;

namespace LaunchStack.Agent.Delivery;

/// <summary>A sample on its way, and the record of the spool it came from.</summary>
internal readonly record struct OutgoingSample(SpooledSample Sample, SpoolRecord Record);
