namespace LaunchStack.Agent.Spooling;

/// <summary>Why records are gone that nobody acknowledged.</summary>
internal enum SpoolLossReason
{
    /// <summary>The spool was full, the oldest segment went.</summary>
    Full,

    /// <summary>The disk was full, the oldest segment went so that new records find room.</summary>
    DiskFull,

    /// <summary>No disk took the records, and memory holds no more of them.</summary>
    Unwritten,

    /// <summary>Bytes of a segment are no sound records. They stay beside the spool.</summary>
    Corrupt,

    /// <summary>The last write was cut short by the end of the process; the record was never complete.</summary>
    Torn,
}

/// <summary>What was lost.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Records">How many records; 0 where only an incomplete one went.</param>
/// <param name="Bytes">Their size.</param>
internal readonly record struct SpoolLoss(SpoolLossReason Reason, long Records, long Bytes);
