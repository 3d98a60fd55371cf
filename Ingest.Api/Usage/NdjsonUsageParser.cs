using System.Text.Json;
using System.Text.Unicode;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>One sample a line. Lines stand for themselves: a broken one is rejected, the others are kept. Blank lines do not count.</summary>
internal sealed class NdjsonUsageParser(UsageBody body, UsageBatch batch, int maxSamples)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    private int _index;
    private int _line;

    /// <summary>Reads the whole body.</summary>
    /// <returns>Samples seen, good and bad.</returns>
    /// <exception cref="RequestException">413 for too many samples.</exception>
    public async Task<int> ReadAsync(CancellationToken cancellationToken)
    {
        do
        {
            await body.FillAsync(cancellationToken);
            if (body.SkipMark())
                continue;
            while (body.Span.IndexOf((byte)'\n') is >= 0 and var length)
            {
                ReadLine(body.Span[..length]);
                body.Consume(length + 1);
            }
            if (body.Span.Trim(" \t\r"u8).IsEmpty)
                body.Consume(body.Span.Length);
        }
        while (!body.IsFinal);
        ReadLine(body.Span);
        return _index;
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        _line++;
        line = line.Trim(" \t\r"u8);
        if (line.IsEmpty)
            return;
        if (_index == maxSamples)
            throw UsageBody.TooMany(maxSamples);
        var index = _index++;
        var plain = default(SampleReader);
        if (plain.ReadPlain(line) == line.Length)
        {
            plain.AddTo(batch, index);
            return;
        }
        if (!Utf8.IsValid(line))
        {
            batch.Reject(index, RejectionCodes.Malformed, $"line {_line}: invalid UTF-8.");
            return;
        }
        try
        {
            var reader = new Utf8JsonReader(line, Options);
            var sample = default(SampleReader);
            reader.Read();
            sample.TryRead(ref reader);
            // Throws when anything follows.
            reader.Read();
            sample.AddTo(batch, index);
        }
        catch (JsonException e)
        {
            batch.Reject(index, RejectionCodes.Malformed, $"line {_line}, byte {e.BytePositionInLine + 1}: no JSON, or nested deeper than {Options.MaxDepth}.");
        }
    }
}
