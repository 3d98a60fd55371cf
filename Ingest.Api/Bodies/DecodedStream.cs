using LaunchStack.ServiceDefaults.Problems;
using ZstdSharp;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>
/// What a decoder makes of a body. A body that its encoding does not understand, or that ends before or after its encoding does, is a 400:
/// half a body read as a whole one would be samples that nobody sent, or samples lost.
/// </summary>
internal sealed class DecodedStream(BoundedStream wire, Coding coding, BodyMemory memory) : ForwardStream
{
    private readonly LastByteApartStream _encoded = new(wire);
    private Stream? _decoder;
    private long _count;
    private long _held;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            _decoder ??= coding.Decoder(_encoded);
            count = await _decoder.ReadAsync(buffer, cancellationToken);
            // Where another member may follow, the decoder has looked for one itself, and dropped what was none.
            if (count == 0 && !buffer.IsEmpty && (coding.HasMembers ? !_encoded.HasEnded : await _encoded.ReadAsync(new byte[1], cancellationToken) > 0))
                throw new InvalidDataException("Something follows the end of the encoding.");
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
            (_decoder ?? _encoded).Dispose();
            memory.Give(_held);
            _held = 0;
        }
        base.Dispose(disposing);
    }

    // A decoder keeps what it may have to refer to; untouched memory is none.
    private void TakeWindow()
    {
        var held = Math.Min(_count, coding.Window);
        if (held == _held)
            return;
        memory.Take(held - _held);
        _held = held;
    }

    private RequestException Broken(Exception? cause) => new(
        StatusCodes.Status400BadRequest,
        $"The body is broken, or does not end where its encoding does, after {wire.Count} bytes ({_count} decoded).", cause);
}
