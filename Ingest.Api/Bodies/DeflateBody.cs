using System.IO.Compression;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// The coding "deflate": zlib's format (RFC 9110, 8.4.1.2), or, as some clients have it, bare DEFLATE data. The first two bytes tell
/// which: zlib's header names method 8 and is a multiple of 31 (RFC 1950, 2.2). It may ask for a dictionary, which nobody here has.
/// </summary>
internal sealed class DeflateBody(Stream wire) : ForwardStream
{
    private Stream? _decoder;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_decoder is null)
        {
            var head = new byte[2];
            var length = await wire.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            var whole = new Prefixed(head.AsMemory(0, length), wire);
            var isZlib = length == 2 && (head[0] & 0x0F) == 8 && ((head[0] << 8) | head[1]) % 31 == 0;
            if (isZlib && (head[1] & 0x20) != 0)
                throw new InvalidDataException("A dictionary is missing.");
            _decoder = isZlib ? new ZLibStream(whole, CompressionMode.Decompress) : new DeflateStream(whole, CompressionMode.Decompress);
        }
        return await _decoder.ReadAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder?.Dispose();
            wire.Dispose();
        }
        base.Dispose(disposing);
    }

    private sealed class Prefixed(ReadOnlyMemory<byte> head, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> _head = head;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_head.IsEmpty)
                return rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(_head.Length, buffer.Length);
            _head[..count].CopyTo(buffer);
            _head = _head[count..];
            return ValueTask.FromResult(count);
        }
    }
}
