using LaunchStack.Usage.Samples;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Checks the table on start; each message names its configuration key.</summary>
internal sealed class MappingOptionsValidator : IValidateOptions<MappingOptions>
{
    public ValidateOptionsResult Validate(string? name, MappingOptions options)
    {
        var failures = new List<string>();
        if (options.Step < TimeSpan.Zero || options.Step > TimeSpan.FromHours(1))
            failures.Add("Mapping:Step must lie between 00:00:00 and 01:00:00.");
        if (options.RateWindow <= TimeSpan.Zero)
            failures.Add("Mapping:RateWindow must be longer than nothing.");
        if (options.NameLifetime <= TimeSpan.Zero)
            failures.Add("Mapping:NameLifetime must be longer than nothing.");
        if (options.MaxSeries < 100)
            failures.Add("Mapping:MaxSeries must be 100 or more.");
        if (options.MaxMemory < 1 << 20)
            failures.Add("Mapping:MaxMemory must be 1048576 bytes or more, or absent.");
        for (var i = 0; i < options.Rules.Count; i++)
            Check(options.Rules[i], $"Mapping:Rules:{i}", failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Check(MappingRule rule, string key, List<string> failures)
    {
        if (rule.Series.Length == 0)
            failures.Add($"{key}:Series is missing: the exact name of the series.");
        if (rule.Measure is null && !rule.Column.Equals(MappingRule.Ignore, StringComparison.OrdinalIgnoreCase))
            failures.Add($"{key}:Column must be one of {string.Join(", ", Measures.All)} and {MappingRule.Ignore}.");
        if (!double.IsFinite(rule.Scale) || rule.Scale == 0)
            failures.Add($"{key}:Scale must be a number other than 0.");
        if (rule.Highest is { } highest && !(highest > 0))
            failures.Add($"{key}:Highest must be positive, or absent.");
        if (!double.IsFinite(rule.Offset))
            failures.Add($"{key}:Offset must be a number.");
        foreach (var (label, pattern) in rule.Match)
        {
            try
            {
                _ = CompiledRule.Matcher(label, pattern);
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                failures.Add($"{key}:Match:{label} is not a usable regular expression: {exception.Message}");
            }
        }
    }
}
