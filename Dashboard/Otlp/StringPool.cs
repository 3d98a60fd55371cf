namespace LaunchStack.Dashboard.Otlp;

/// <summary>One string for equal ones. Bounded: starts afresh when full, since names that carry ids would fill it for good. Not thread-safe.</summary>
internal sealed class StringPool
{
    private const int Most = 10_000;
    private readonly HashSet<string> _strings = new(StringComparer.Ordinal);

    public string Get(string text)
    {
        if (_strings.TryGetValue(text, out var known)) return known;
        if (_strings.Count >= Most) _strings.Clear();
        _strings.Add(text);
        return text;
    }
}
