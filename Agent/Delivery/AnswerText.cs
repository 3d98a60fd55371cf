namespace LaunchStack.Agent.Delivery;

/// <summary>One line for the log from an answer somebody else wrote.</summary>
internal static class AnswerText
{
    private const int MaxLength = 300;

    public static string Reason(int status, IngestProblem? problem)
    {
        var text = string.Join(": ", new[] { problem?.Title, problem?.Detail }.Where(part => !string.IsNullOrWhiteSpace(part)));
        return text.Length == 0 ? $"{status}" : $"{status} {OneLine(text)}";
    }

    /// <summary>Without control characters, which could forge lines of the log, and not without end.</summary>
    public static string OneLine(string text)
    {
        var line = string.Concat(text.Take(MaxLength).Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > MaxLength ? line + "…" : line;
    }
}
