namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// What identifies a series: its name, its scope, and its canonical set of labels, which are sorted, each name once, empty and ignored ones left out.
/// However a client orders and encodes them, it is the same series.
/// </summary>
internal sealed record SeriesDescription
{
    /// <param name="source">The protocol it came in.</param>
    /// <param name="name">Name: a Prometheus or OTLP name, <c>measurement.field</c>, or <c>plugin.type[.data source]</c>.</param>
    /// <param name="labels">Its labels, tags or attributes, in any order; of several of one name the least value counts.</param>
    /// <param name="isDelta">Its values are increases since the previous one, not totals (OTLP delta temporality).</param>
    /// <param name="scope">The instrumentation scope that reports it (OTLP).</param>
    public SeriesDescription(
        WireProtocol source, string name, IEnumerable<KeyValuePair<string, string>> labels, bool isDelta = false, string scope = "")
    {
        Source = source;
        Name = name;
        IsDelta = isDelta;
        Scope = scope;
        Labels =
        [
            .. labels.Where(label => label is { Key.Length: > 0, Value.Length: > 0 })
                .OrderBy(label => label.Key, StringComparer.Ordinal).ThenBy(label => label.Value, StringComparer.Ordinal)
                .DistinctBy(label => label.Key),
        ];
    }

    public WireProtocol Source { get; }

    public string Name { get; private init; }

    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; private init; }

    public bool IsDelta { get; }

    public string Scope { get; private init; }

    /// <summary>Characters of its name and labels.</summary>
    public int Length => Name.Length + Scope.Length + Labels.Sum(label => label.Key.Length + label.Value.Length);

    /// <summary>The value of a label; an absent one counts as empty, as in Prometheus.</summary>
    public string Label(string name)
    {
        for (var i = 0; i < Labels.Count; i++)
        {
            if (Labels[i].Key == name)
                return Labels[i].Value;
        }

        return "";
    }

    /// <summary>Without some labels.</summary>
    public SeriesDescription Without(IReadOnlySet<string> names) =>
        Labels.Any(label => names.Contains(label.Key)) ? this with { Labels = [.. Labels.Where(label => !names.Contains(label.Key))] } : this;

    /// <summary>With the names of its labels only.</summary>
    /// <param name="intern">Gives the one string for many equal ones.</param>
    public SeriesDescription WithoutValues(Func<string, string> intern) =>
        this with { Name = intern(Name), Scope = "", Labels = [.. Labels.Select(label => KeyValuePair.Create(intern(label.Key), ""))] };
}
