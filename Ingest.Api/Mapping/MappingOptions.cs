namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Section <c>Mapping</c>: which series becomes which column of which instance.</summary>
internal sealed class MappingOptions
{
    public const string Section = "Mapping";

    /// <summary>Own rules, tried before the built-in ones; the first that fits a series counts.</summary>
    public IList<MappingRule> Rules { get; } = [];

    /// <summary>Whether the built-in rules (<see cref="Defaults.BuiltInRules"/>) are used too.</summary>
    public bool BuiltInRules { get; set; } = true;

    /// <summary>Labels that tell the instance whatever the rule says, tried first.</summary>
    public IList<string> InstanceLabels { get; } = [];

    /// <summary>
    /// Labels that are no part of a series' identity: they tell which of several equal senders sent it, and two of these are one series.
    /// Null: the usual ones; a list takes their place.
    /// </summary>
    public IList<string>? IgnoredLabels { get; set; }

    /// <summary>Prometheus Operator's, Mimir's and Cortex', Thanos'.</summary>
    public static IReadOnlyList<string> UsualIgnoredLabels { get; } = ["prometheus_replica", "__replica__", "replica", "rule_replica"];

    /// <summary>
    /// Values are put on the start of a step of this length, so that what a client sends of one instance in several
    /// series and requests meets in one row. Zero leaves the times alone.
    /// </summary>
    public TimeSpan Step { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Two samples of a counter further apart give no rate.</summary>
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether a name that is no instance's registers one, with an id that follows from the name (UUID v5). Otherwise its
    /// values stay unmapped.
    /// </summary>
    public bool RegisterInstances { get; set; }

    /// <summary>How long the answer to "which instance has this name" is kept.</summary>
    public TimeSpan NameLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Series remembered per owner of keys; beyond that the idlest are forgotten, and begin as after a restart of the service.</summary>
    public int MaxSeries { get; set; } = 50_000;

    /// <summary>
    /// Bytes that what is remembered of all owners' series may take, beyond which he who has most has his idlest forgotten; null: a quarter of what
    /// the process may use.
    /// </summary>
    public long? MaxMemory { get; set; }

    /// <summary>Whether the report of unmapped series shows the values of labels, not only their names: they may hold secrets.</summary>
    public bool ShowLabelValues { get; set; }
}
