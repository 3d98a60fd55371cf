namespace LaunchStack.Ingest.Api.Mapping.Defaults;

/// <summary>The rules for the usual agents, in the order in which they are tried.</summary>
internal static class BuiltInRules
{
    public static IReadOnlyList<MappingRule> All { get; } =
        [.. TelegrafRules.All, .. PrometheusRules.All, .. OtlpRules.All, .. CollectdRules.All];
}
