namespace LaunchStack.Agent.Delivery;

/// <summary>One line for the log from text somebody else wrote.</summary>
internal static class AnswerText
{
    private const int MaxLength = 300;

    // A code is a tag of a metric too.
    private const int MaxCodeLength = 64;

    /// <summary>Without control characters, which could forge lines of the log, and not without end.</summary>
    public static string OneLine(string text) => Cut(text, MaxLength);

    /// <summary>The code of a rejection, which may be missing.</summary>
    public static string Code(string? code) => string.IsNullOrWhiteSpace(code) ? "no_code" : Cut(code, MaxCodeLength);

    private static string Cut(string text, int length)
    {
        var line = string.Concat(text.Take(length).Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > length ? line + "…" : line;
    }
}
