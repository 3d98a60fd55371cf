using System.Globalization;
using System.Text.Json;
using LaunchStack.Agent.Spooling;

namespace LaunchStack.Agent.Delivery;

/// <summary>
/// <c>dead.ndjson</c> in the state directory: samples Ingest.Api will never take, one a line with time, code, reason and the
/// sample itself. A full file becomes <c>dead.1.ndjson</c>; the one before that is deleted.
/// </summary>
internal sealed class DeadFile(string directory, TimeProvider time, long maxBytes = DeadFile.MaxBytes)
{
    private const long MaxBytes = 16 << 20;

    public string Path { get; } = System.IO.Path.Combine(directory, "dead.ndjson");

    /// <exception cref="IOException">It cannot be written; then the sample must stay in the spool.</exception>
    public void Add(SpooledSample sample, string code, string? reason)
    {
        if (new FileInfo(Path) is { Exists: true } full && full.Length >= maxBytes)
            File.Move(Path, System.IO.Path.Combine(directory, "dead.1.ndjson"), overwrite: true);

        using var stream = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.Read);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("at", time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("code", code);
            json.WriteString("reason", reason);
            json.WritePropertyName("sample");
            json.WriteRawValue(sample.Json.Span);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}
