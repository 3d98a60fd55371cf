namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>What stands as a field's value.</summary>
internal enum InfluxValueKind
{
    Bad,
    Number,

    /// <summary>A string or a boolean: valid, but no column holds one.</summary>
    Other,
}
