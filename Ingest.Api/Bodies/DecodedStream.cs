using LaunchStack.ServiceDefaults.Problems;
using ZstdSharp;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// What a decoder makes of a body. A body that its encoding does not understand, or that ends before its encoding does, is a 400:
/// half a body read as a whole one would be samples that nobody sent.
/// </summary>
internal sealed class DecodedStream(BoundedStream wire, Stream decoder, int windowBytes, BodyMemory memory) : ForwardStream
{
    private long _count;
    private long _held;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await decoder.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException or ZstdException)
        {
            throw Broken(e);
        }
        if (count == 0 && wire.Count == 0)
            throw Broken(null);
        _count += count;
        TakeWindow();
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
            memory.Give(_held);
            _held = 0;
        }
        base.Dispose(disposing);
    }

    // A decoder keeps what it may have to refer to; untouched memory is none.
    private void TakeWindow()
    {
        var held = Math.Min(_count, windowBytes);
        if (held == _held)
            return;
        memory.Take(held - _held);
        _held = held;
    }

    private RequestException Broken(Exception? cause) => new(
        StatusCodes.Status400BadRequest,
        $"The body is broken, or ends before its encoding does, after {wire.Count} bytes ({_count} decoded).", cause);
}
