using System.Buffers.Binary;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>
/// Reads protobuf fields off a span: no objects, no strings, every length checked against what is left.
/// https://protobuf.dev/programming-guides/encoding/
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message, int offset = 0)
{
    /// <summary>Content type of a message.</summary>
    public const string MediaType = "application/x-protobuf";

    private readonly ReadOnlySpan<byte> _message = message;
    private readonly int _offset = offset;
    private int _at;

    /// <summary>Number of the field read last.</summary>
    public int Field { get; private set; }

    /// <summary>Its wire type.</summary>
    public ProtoWire Wire { get; private set; }

    /// <summary>Bytes of the message.</summary>
    public readonly int Length => _message.Length;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _at;

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end.</returns>
    public bool Next()
    {
        if (_at >= _message.Length)
            return false;
        var tag = Varint();
        if (tag is 0 or > uint.MaxValue || tag >> 3 == 0)
            throw Bad("a field's number is not valid");
        Field = (int)(tag >> 3);
        Wire = (ProtoWire)(tag & 7);
        return true;
    }

    /// <summary>Whether the field has this number and wire type.</summary>
    public readonly bool Is(int field, ProtoWire wire) => Field == field && Wire == wire;

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_at >= _message.Length)
                throw Bad("the message ends within a number");
            var next = _message[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Bad("a number has more than 10 bytes");
    }

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Varint();
        return length <= int.MaxValue
            ? Take((int)length)
            : throw Bad("a length is larger than the message");
    }

    /// <summary>A reader of the message that stands here, whose errors give positions of the whole.</summary>
    public ProtoReader Message()
    {
        var bytes = Bytes();
        return new ProtoReader(bytes, _offset + _at - bytes.Length);
    }

    /// <summary>Leaves out the value of a field that is not wanted.</summary>
    public void Skip()
    {
        switch (Wire)
        {
            case ProtoWire.Varint:
                Varint();
                break;
            case ProtoWire.Fixed64:
                Take(8);
                break;
            case ProtoWire.Bytes:
                Bytes();
                break;
            case ProtoWire.Fixed32:
                Take(4);
                break;
            default:
                throw Bad($"wire type {(int)Wire} is not in use");
        }
    }

    public readonly RequestException Bad(string reason) => Refusal.Malformed(_offset + _at, reason);

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _message.Length - _at)
            throw Bad($"{length} bytes are announced, {_message.Length - _at} are left");
        var bytes = _message.Slice(_at, length);
        _at += length;
        return bytes;
    }
}
