namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// How a series' name and labels are written on the wire: the first byte of what a parser looks a series up by, so that the bytes of one
/// format never mean a series of another.
/// </summary>
internal enum WireFormat : byte
{
    InfluxLine,
    RemoteWrite1,
    RemoteWrite2,
    OtlpProtobuf,
}
