namespace LaunchStack.Agent.Spooling;

/// <summary>Bytes of a segment that are no sound record.</summary>
internal readonly record struct SpoolGap(long Start, long Bytes);
