namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// Hands out the last byte of a body by itself. A decoder reads ahead: what follows the end of its encoding would vanish within it. The
/// last byte it asks for only if it needs it.
/// </summary>
internal sealed class LastByteApartStream(Stream inner) : ForwardStream
{
    private int _held = -1;

    /// <summary>Whether the reader has been told that nothing follows.</summary>
    public bool HasEnded { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            var held = _held;
            if (count == 0)
            {
                _held = -1;
                HasEnded = held < 0;
                return HasEnded ? 0 : Put(buffer.Span, held);
            }
            _held = buffer.Span[count - 1];
            if (held < 0 && count == 1)
                continue;
            if (held < 0)
                return count - 1;
            buffer.Span[..(count - 1)].CopyTo(buffer.Span[1..]);
            Put(buffer.Span, held);
            return count;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private static int Put(Span<byte> buffer, int value)
    {
        buffer[0] = (byte)value;
        return 1;
    }
}
