namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>What came of checking a rule: its definition, or the parameter at fault and why.</summary>
internal readonly record struct RuleCheck(AlertDefinition? Definition, string? Parameter = null, string? Detail = null);
