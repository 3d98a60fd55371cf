namespace LaunchStack.Agent.Spooling;

/// <summary>A record read from the spool.</summary>
/// <param name="Sequence">Its number; the order of writing, never used twice.</param>
/// <param name="Payload">What was appended.</param>
/// <param name="End">Where the record after it starts within its segment.</param>
internal readonly record struct SpoolRecord(long Sequence, ReadOnlyMemory<byte> Payload, long End);
