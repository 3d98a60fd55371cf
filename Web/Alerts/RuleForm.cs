namespace LaunchStack.Web.Alerts;

/// <summary>The form of a rule. Empty fields are sent as none: what is wrong with them the aggregator says best.</summary>
public sealed class RuleForm
{
    public string? Name { get; set; }

    public string? Measure { get; set; } = "cpu_percentage";

    public string? Aggregate { get; set; } = "average";

    public string? SpanSeconds { get; set; } = "60";

    public string? Above { get; set; }

    public string? ForSeconds { get; set; }

    public string? Below { get; set; }

    public string? ClearForSeconds { get; set; }

    public string? Severity { get; set; } = "warning";

    /// <summary><c>all</c>, <c>user</c> or <c>instance</c>.</summary>
    public string? Scope { get; set; } = "all";

    /// <summary>Of the user or the instance.</summary>
    public string? ScopeId { get; set; }

    /// <summary>A check box: what is not sent is off.</summary>
    public bool Enabled { get; set; }

    /// <summary>A rule as it is.</summary>
    internal static RuleForm Of(RuleRow rule) => new()
    {
        Name = rule.Name, Measure = rule.Measure, Aggregate = rule.Aggregate, SpanSeconds = FormField.Text((long?)rule.SpanSeconds),
        Above = FormField.Text(rule.Above), ForSeconds = FormField.Text((long)rule.ForSeconds), Below = FormField.Text(rule.Below),
        ClearForSeconds = FormField.Text((long)rule.ClearForSeconds), Severity = rule.Severity, Scope = rule.Scope,
        ScopeId = (rule.InstanceId ?? rule.UserId)?.ToString(), Enabled = rule.Enabled,
    };

    /// <summary>The body for the aggregator.</summary>
    /// <param name="mutedUntil">Kept as it is.</param>
    /// <exception cref="FormatException">The id or a number is none; the message says which.</exception>
    internal RuleBody ToBody(DateTimeOffset? mutedUntil)
    {
        var id = Scope is "user" or "instance" ? FormField.Id(ScopeId) : null;
        return new(
            Name, Measure, HasSeries ? Aggregate : null, Measure == "silence" ? null : FormField.WholeNumber(SpanSeconds),
            FormField.Number(Above), FormField.WholeNumber(ForSeconds), FormField.Number(Below), FormField.WholeNumber(ClearForSeconds), Severity, Scope,
            Scope == "user" ? id : null, Scope == "instance" ? id : null, Enabled, mutedUntil);
    }

    // Of the others an aggregate, and of silence a span, is refused: the form cannot hide them without a script.
    private bool HasSeries => Measure is not ("silence" or "platform_silence");
}
