using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>
/// One sample, an array of them, or several objects in a row (NDJSON sent as plain JSON). A text that is no JSON fails as a whole:
/// where an array is broken, nobody can say where its next element begins.
/// </summary>
internal sealed class JsonUsageParser(UsageBody body, UsageBatch batch, int maxSamples)
{
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 64 };

    private JsonReaderState _state = new(Options);
    private int _index;
    private bool _inArray;
    private bool _ended;

    // Where the JSON reader would be, had it read the plain samples too.
    private long _lines;
    private int _skipped;

    /// <summary>Reads the whole body.</summary>
    /// <returns>Samples seen, good and bad.</returns>
    /// <exception cref="RequestException">400 with the place for what is no JSON; 413 for too many samples.</exception>
    public async Task<int> ReadAsync(CancellationToken cancellationToken)
    {
        do
        {
            await body.FillAsync(cancellationToken);
            if (!body.SkipMark())
                ReadSome();
        }
        while (!body.IsFinal);
        if (_inArray)
            throw new RequestException(StatusCodes.Status400BadRequest, $"The body ends within the array, after sample {_index}.");
        return _index;
    }

    private void ReadSome()
    {
        try
        {
            while (true)
            {
                while (NextPlain())
                {
                }
                var reader = new Utf8JsonReader(body.Span, body.IsFinal, _state);
                if (!Next(ref reader))
                    break;
                Consume(reader);
            }
            if (body.IsFull)
                SkipBlanks();
        }
        catch (JsonException e)
        {
            throw Broken(e.Message.Split(" LineNumber:")[0], e.LineNumber, e.BytePositionInLine + (e.LineNumber == _lines ? _skipped : 0));
        }
    }

    private void Consume(in Utf8JsonReader reader)
    {
        var read = (int)reader.BytesConsumed;
        if (body.Span[..read].Count((byte)'\n') is > 0 and var lines)
            (_lines, _skipped) = (_lines + lines, 0);
        body.Consume(read);
        _state = reader.CurrentState;
    }

    // Between elements there may be more of it than the buffer holds. The reader steps over it, but not over a comma without what follows.
    private void SkipBlanks()
    {
        body.DelayComma();
        var reader = new Utf8JsonReader(body.Span, isFinalBlock: false, _state);
        if (!reader.Read())
            Consume(reader);
    }

    /// <summary>Takes a sample that stands behind another and is written plainly. For the JSON reader it is not there: its state is the same after each.</summary>
    private bool NextPlain()
    {
        if (!_inArray || _index == 0 || body.Span is not [(byte)',', ..])
            return false;
        var before = body.Span is [_, (byte)' ', ..] ? 2 : 1;
        var sample = default(SampleReader);
        var length = sample.ReadPlain(body.Span[before..]);
        if (length == 0)
            return false;
        Add(sample);
        body.Consume(before + length);
        _skipped += before + length;
        return true;
    }

    private bool Next(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        if (_ended)
            throw new RequestException(StatusCodes.Status400BadRequest, $"Something follows the end of the array, at byte {body.Offset + reader.TokenStartIndex}.");
        if (_inArray && reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == 0)
        {
            (_inArray, _ended) = (false, true);
            return true;
        }
        if (_index == 0 && !_inArray && reader.TokenType == JsonTokenType.StartArray)
            return _inArray = true;
        if (!_inArray && reader.TokenType != JsonTokenType.StartObject)
            throw new RequestException(StatusCodes.Status400BadRequest, $"Expected a sample object or an array of them at byte {body.Offset + reader.TokenStartIndex}.");

        var start = (int)reader.TokenStartIndex;
        var sample = default(SampleReader);
        if (!sample.TryRead(ref reader))
            return false;
        // The reader looks into strings only when they are fetched, and we fetch few.
        if (Utf8.IsValid(body.Span[start..(int)reader.BytesConsumed]))
            Add(sample);
        else
            batch.Reject(Index(), RejectionCodes.Malformed, $"Invalid UTF-8 in the sample that begins at byte {body.Offset + start}.");
        return true;
    }

    private void Add(in SampleReader sample) => sample.AddTo(batch, Index());

    private int Index() => _index < maxSamples ? _index++ : throw UsageBody.TooMany(maxSamples);

    private RequestException Broken(string reason, long? line, long? position) => new(
        StatusCodes.Status400BadRequest,
        string.Create(CultureInfo.InvariantCulture, $"No JSON in or before sample {_index}, line {line + 1}, byte {position + 1} of it: {Printable.Of(reason)}"))
    {
        Extensions = { ["index"] = _index, ["line"] = line + 1, ["byte"] = position + 1 },
    };
}
