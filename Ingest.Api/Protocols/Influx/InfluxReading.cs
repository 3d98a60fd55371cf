namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>What came of reading a body of line protocol.</summary>
internal sealed class InfluxReading
{
    // The first ones tell what is wrong; a body of garbage would otherwise come back many times as long.
    private const int MaxErrors = 100;

    private readonly List<InfluxLineError> _errors = [];

    /// <summary>Points read.</summary>
    public int Points { get; set; }

    /// <summary>Lines left out.</summary>
    public int Dropped { get; private set; }

    /// <summary>Why: the first hundred.</summary>
    public IReadOnlyList<InfluxLineError> Errors => _errors;

    public void Add(InfluxLineError error)
    {
        Dropped++;
        if (_errors.Count < MaxErrors)
            _errors.Add(error);
    }
}
