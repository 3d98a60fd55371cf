using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Logs;

/// <summary>What of the logs is wanted; null is "any". <c>Attribute</c> is a key, or <c>key=value</c>.</summary>
internal sealed record LogFilter(
    string? Resource = null, LogLevelName AtLeast = LogLevelName.Unset, string? Text = null, string? Attribute = null,
    UInt128? Trace = null, ulong? From = null, ulong? To = null)
{
    public bool Matches(StoredLog log)
    {
        if (log.Level < AtLeast) return false;
        if (Resource is { Length: > 0 } && log.Resource.Name != Resource) return false;
        if (Trace is { } trace && log.TraceId != trace) return false;
        if (From is { } from && log.Time < from) return false;
        if (To is { } to && log.Time > to) return false;
        if (Text is { Length: > 0 } && !log.Body.Contains(Text, StringComparison.OrdinalIgnoreCase)
            && !log.Scope.Name.Contains(Text, StringComparison.OrdinalIgnoreCase)) return false;
        return Attribute is not { Length: > 0 } || MatchesAttribute(log, Attribute);
    }

    private static bool MatchesAttribute(StoredLog log, string wanted)
    {
        var split = wanted.IndexOf('=', StringComparison.Ordinal);
        var key = (split < 0 ? wanted : wanted[..split]).Trim();
        var value = split < 0 ? "" : wanted[(split + 1)..].Trim();
        return log.Decode().Attributes.Any(a => a.Key.Equals(key, StringComparison.OrdinalIgnoreCase)
            && AnyValueText.Of(a.Value).Contains(value, StringComparison.OrdinalIgnoreCase));
    }
}
