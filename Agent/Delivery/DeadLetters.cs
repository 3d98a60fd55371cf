using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.State;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Delivery;

/// <summary>
/// <c>dead.ndjson</c> in the state directory: samples Ingest.Api will never take, one a line with time, code, reason and the
/// sample itself. A full file becomes <c>dead.1.ndjson</c>; the one before that is deleted.
/// </summary>
internal sealed partial class DeadLetters(string directory, TimeProvider time, ILogger<DeadLetters> logger, long maxBytes = DeadLetters.MaxBytes)
{
    private const long MaxBytes = 16 << 20;
    private readonly string _previous = System.IO.Path.Combine(directory, "dead.1.ndjson");

    public string Path { get; } = System.IO.Path.Combine(directory, "dead.ndjson");

    /// <returns>
    /// Whether they are kept. If not they are lost, for waiting would keep those behind them from being delivered, and a full disk
    /// from getting room.
    /// </returns>
    public bool TryAdd(IEnumerable<DeadLetter> letters)
    {
        var lines = Encode(letters);
        try
        {
            Write(lines.Span);
            return true;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            return !DiskFailure.IsFull(failure) && TryAgain(lines.Span, failure.Message) || Lost(failure.Message);
        }
    }

    private bool TryAgain(ReadOnlySpan<byte> lines, string reason)
    {
        if (!Obstacle.TryMove(Path, reason, logger))
            return false;
        try
        {
            Write(lines);
            return true;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            return false;
        }
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        if (new FileInfo(Path) is { Exists: true } full && full.Length >= maxBytes)
            Rotate();

        // Opened for reading too: a pipe in its place would keep a writer waiting for a reader.
        using var file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        var end = file.Seek(0, SeekOrigin.End);
        try
        {
            // A killed process may have left half a line.
            if (end > 0 && !EndsLine(file))
                file.WriteByte((byte)'\n');
            file.Write(lines);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            TryCut(file, end);
            throw;
        }
    }

    private static void TryCut(FileStream file, long end)
    {
        try
        {
            file.SetLength(end);
        }
        catch (IOException)
        {
            // Half a line stays; the next letter begins a new one.
        }
    }

    private void Rotate()
    {
        if (Directory.Exists(_previous))
            Obstacle.TryMove(_previous, "it is a directory", logger);
        File.Move(Path, _previous, overwrite: true);
    }

    private static bool EndsLine(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    private ReadOnlyMemory<byte> Encode(IEnumerable<DeadLetter> letters)
    {
        var at = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        var lines = new ArrayBufferWriter<byte>();
        foreach (var letter in letters)
        {
            using (var json = new Utf8JsonWriter(lines))
            {
                json.WriteStartObject();
                json.WriteString("at", at);
                json.WriteString("code", letter.Code);
                json.WriteString("reason", letter.Reason);
                json.WritePropertyName("sample");
                json.WriteRawValue(letter.Sample.Json.Span);
                json.WriteEndObject();
            }

            lines.Write("\n"u8);
        }

        return lines.WrittenMemory;
    }

    private bool Lost(string reason)
    {
        LogLost(Path, reason);
        return false;
    }

    [LoggerMessage(EventName = "DeadLettersLost", Level = LogLevel.Error, Message = "{File} cannot be written ({Reason}): the samples that belong there are lost")]
    private partial void LogLost(string file, string reason);
}
