namespace LaunchStack.Agent.Spooling;

/// <summary>A record read from the spool.</summary>
/// <param name="Sequence">Its number within this run; the order of writing.</param>
/// <param name="Payload">What was appended.</param>
/// <param name="Start">Where it starts within its segment.</param>
/// <param name="End">Where the next one starts; 0 for a record that no disk has taken yet.</param>
internal readonly record struct SpoolRecord(long Sequence, ReadOnlyMemory<byte> Payload, long Start = 0, long End = 0);
