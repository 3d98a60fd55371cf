using System.Buffers;
using System.Buffers.Binary;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What a reader looks a series up by: the bytes of its name and labels, as far as one may be long. One serves all series of a body.</summary>
internal sealed class WireKey(WireFormat format)
{
    /// <summary>The bytes.</summary>
    public ArrayBufferWriter<byte> Bytes { get; } = new(512);

    /// <summary>Whether they are more than anybody should look up; then not all of them are kept.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Begins a series.</summary>
    public void Begin()
    {
        Bytes.ResetWrittenCount();
        Bytes.Write([format.Prefix]);
        IsTooLong = false;
    }

    /// <summary>Goes on.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        IsTooLong |= Bytes.WrittenCount + bytes.Length > SeriesCatalog.MaxKeyBytes;
        if (!IsTooLong)
            Bytes.Write(bytes);
    }

    /// <summary>Goes on with a text and its length, so that no two different lists of texts make the same bytes.</summary>
    public void WriteText(ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        Write(length);
        Write(text);
    }
}
