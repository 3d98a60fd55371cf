namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>A line that could not be read and was left out.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Column">Byte of the line at which it stops making sense, from 1.</param>
/// <param name="Text">The line, shortened.</param>
/// <param name="Reason">As InfluxDB puts it.</param>
internal readonly record struct InfluxLineError(int Line, int Column, string Text, string Reason)
{
    public override string ToString() => $"unable to parse '{Text}': {Reason} (line {Line}, byte {Column})";
}
