namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The name and labels of one series, as its client calls them.</summary>
/// <param name="Source">The protocol it came in.</param>
/// <param name="Name">Name: a Prometheus or OTLP name, <c>measurement.field</c>, or <c>plugin.type[.data source]</c>.</param>
/// <param name="Labels">Its labels, tags or attributes. An absent label counts as empty, as in Prometheus.</param>
/// <param name="IsDelta">Its values are increases since the previous one, not totals (OTLP delta temporality).</param>
internal sealed record SeriesDescription(
    WireProtocol Source,
    string Name,
    IReadOnlyList<KeyValuePair<string, string>> Labels,
    bool IsDelta = false)
{
    /// <summary>The value of a label, empty where the series does not have it.</summary>
    public string Label(string name)
    {
        for (var i = 0; i < Labels.Count; i++)
        {
            if (Labels[i].Key == name)
                return Labels[i].Value;
        }

        return "";
    }
}
