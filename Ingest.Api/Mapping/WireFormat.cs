namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>How a series' name and labels are written on the wire. Each reader that looks series up by bytes has one of its own.</summary>
internal sealed class WireFormat
{
    private static int _count;

    /// <summary>The first byte of its keys, so that the bytes of one format never mean a series of another.</summary>
    public byte Prefix { get; } = checked((byte)Interlocked.Increment(ref _count));
}
