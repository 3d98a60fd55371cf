namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>How a protobuf field's value is written.</summary>
internal enum ProtoWire
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
