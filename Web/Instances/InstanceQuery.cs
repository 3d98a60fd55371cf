namespace LaunchStack.Web.Instances;

/// <summary>What part of the list is asked for. The address of the page and the aggregator's use the same words but for the state.</summary>
/// <param name="Search">Part of a name.</param>
/// <param name="State">Only those in this state.</param>
/// <param name="Sort">By what.</param>
/// <param name="After">Where the page begins.</param>
internal sealed record InstanceQuery(string? Search, string? State, string? Sort, string? After)
{
    // The aggregator's state is the registered one; people ask for the one that they see.
    public Dictionary<string, string?> ToApi(int limit) => new(Given.Select(p => p.Key == "state" ? new("liveness", p.Value) : p))
    {
        ["limit"] = limit.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Whether anything is left out.</summary>
    public bool Filters => !string.IsNullOrEmpty(Search) || !string.IsNullOrEmpty(State);

    /// <summary>The parameters that are set.</summary>
    public IReadOnlyDictionary<string, string?> Given => new Dictionary<string, string?> { ["search"] = Search, ["state"] = State, ["sort"] = Sort, ["after"] = After }
        .Where(parameter => !string.IsNullOrEmpty(parameter.Value)).ToDictionary(parameter => parameter.Key, parameter => parameter.Value);
}
