namespace LaunchStack.Agent.Spooling;

/// <summary>A place in the spool: by file and byte, so that damage before it does not move it.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Offset">Byte within it.</param>
internal readonly record struct SpoolPosition(long Segment, long Offset);
