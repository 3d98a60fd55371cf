using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Traces;

/// <summary>What tells a span from others of its name, for the waterfall: its statement, its path, its queue.</summary>
internal static class SpanHint
{
    private const int Longest = 120;

    private static readonly string[] Telling =
    [
        "db.query.text", "db.statement", "db.query.summary", "url.full", "url.path", "messaging.destination.name", "rpc.method",
        "rollup", "policy", "code.function.name",
    ];

    public static string Of(StoredSpan span)
    {
        var attributes = span.Decode().Attributes;
        foreach (var key in Telling)
            if (AnyValueText.Find(attributes, key) is { Length: > 0 } text)
                return text.Length <= Longest ? text.ReplaceLineEndings(" ") : text[..Longest].ReplaceLineEndings(" ") + "…";
        return "";
    }
}
