using LaunchStack.Usage.Samples;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using LaunchStack.ServiceDefaults.Problems;

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

    /// <summary>Reads the whole body.</summary>
    /// <returns>Samples seen, good and bad.</returns>
    /// <exception cref="RequestException">400 with the place for what is no JSON; 413 for too many samples.</exception>
    public async Task<int> ReadAsync(CancellationToken cancellationToken)
    {
        do
        {
            await body.FillAsync(cancellationToken);
            if (body.Offset == 0 && body.Span.StartsWith("\uFEFF"u8))
                throw new RequestException(StatusCodes.Status400BadRequest, "A byte order mark at byte 0; send UTF-8 without it.");
            ReadSome();
        }
        while (!body.IsFinal);
        if (_inArray)
            throw new RequestException(StatusCodes.Status400BadRequest, $"The body ends within the array, after sample {_index}.");
        return _index;
    }

    private void ReadSome()
    {
        var reader = new Utf8JsonReader(body.Span, body.IsFinal, _state);
        var safe = reader;
        try
        {
            while (Next(ref reader))
                safe = reader;
        }
        catch (JsonException e)
        {
            throw Broken(e.Message.Split(" LineNumber:")[0], e.LineNumber, e.BytePositionInLine);
        }
        body.Consume((int)safe.BytesConsumed);
        _state = safe.CurrentState;
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
        if (_index == maxSamples)
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, $"More than {maxSamples} samples (Ingest:Bodies:MaxSamples). Send smaller batches.");
        // The reader looks into strings only when they are fetched, and we fetch few.
        if (Utf8.IsValid(body.Span[start..(int)reader.BytesConsumed]))
            sample.AddTo(batch, _index++);
        else
            batch.Reject(_index++, RejectionCodes.Malformed, $"Invalid UTF-8 in the sample that begins at byte {body.Offset + start}.");
        return true;
    }

    private RequestException Broken(string reason, long? line, long? position) => new(
        StatusCodes.Status400BadRequest,
        string.Create(CultureInfo.InvariantCulture, $"No JSON in or before sample {_index}, line {line + 1}, byte {position + 1} of it: {Printable.Of(reason)}"))
    {
        Extensions = { ["index"] = _index, ["line"] = line + 1, ["byte"] = position + 1 },
    };
}
