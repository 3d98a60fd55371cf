using System.Buffers;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>
/// A window over a body: one pooled buffer that slides. It grows only for a single sample that does not fit, so a request's memory
/// does not follow the size of its body.
/// </summary>
/// <param name="stream">The body.</param>
/// <param name="memory">Where the buffer comes from; it may refuse when many bodies are being read.</param>
internal sealed class UsageBody(Stream stream, ArrayPool<byte> memory) : IDisposable
{
    // A sample has some 250 bytes; the rest is room for members we ignore.
    private const int MaxSampleBytes = 256 * 1024;
    private const int FirstBuffer = 16 * 1024;

    private byte[] _buffer = memory.Rent(FirstBuffer);
    private int _start;
    private int _end;

    /// <summary>What has been read and not consumed.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Whether <see cref="Span"/> is the last.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>Whether reading more takes a larger buffer.</summary>
    public bool IsFull => _start == 0 && _end == _buffer.Length;

    /// <summary>Bytes of the body before <see cref="Span"/>.</summary>
    public long Offset { get; private set; }

    /// <summary>Steps over bytes that have been dealt with.</summary>
    public void Consume(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>Steps over a byte order mark at the beginning.</summary>
    /// <returns>Whether what has come may be the beginning of one, whose rest is still to come.</returns>
    public bool SkipMark()
    {
        if (Offset != 0)
            return false;
        if (Span.StartsWith("\uFEFF"u8))
            Consume(3);
        return !IsFinal && Offset == 0 && Span.Length is (1 or 2) && "\uFEFF"u8.StartsWith(Span);
    }

    /// <summary>Puts a comma that only white space follows behind that, which means the same in JSON.</summary>
    public void DelayComma()
    {
        if (Span is [(byte)',', _, ..] && Span[1..].IndexOfAnyExcept(" \t\r\n"u8) < 0)
            (_buffer[_start], _buffer[_end - 1]) = (_buffer[_end - 1], _buffer[_start]);
    }

    /// <summary>Reads more behind what is there.</summary>
    /// <exception cref="RequestException">413: a single sample fills the whole buffer.</exception>
    public async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Span.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Grow();
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        IsFinal = count == 0;
        _end += count;
    }

    public void Dispose()
    {
        memory.Return(_buffer);
        _buffer = [];
    }

    /// <summary>The refusal of a body with more samples than one may have.</summary>
    public static RequestException TooMany(int maxSamples) =>
        new(StatusCodes.Status413PayloadTooLarge, $"More than {maxSamples} samples (Ingest:Bodies:MaxSamples). Send smaller batches.");

    private void Grow()
    {
        if (_buffer.Length >= MaxSampleBytes)
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, $"A single sample at byte {Offset} is larger than {MaxSampleBytes} bytes.");
        var larger = memory.Rent(_buffer.Length * 2);
        Span.CopyTo(larger);
        memory.Return(_buffer);
        _buffer = larger;
    }
}
