using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>A read-only stream that ends in a 413 after so many bytes, and in a 400 where its encoding is broken.</summary>
internal sealed class BoundedStream(Stream inner, long limit, string setting) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public static RequestException TooLarge(long limit, string setting) => new(
        StatusCodes.Status413PayloadTooLarge, $"The body is larger than {limit} bytes ({setting}). Send smaller batches.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            // Deflate says the one, Brotli the other.
            throw new RequestException(StatusCodes.Status400BadRequest, $"The body's Content-Encoding is broken after {_read} decoded bytes.", e);
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // Kestrel, of a chunk whose length no number holds.
            throw new RequestException(StatusCodes.Status400BadRequest, $"The length of a chunk is broken after {_read} bytes.", e);
        }
        _read += count;
        return _read <= limit ? count : throw TooLarge(limit, setting);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
