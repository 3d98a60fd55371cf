using System.Globalization;

namespace LaunchStack.Agent.Sampling;

/// <summary>Reads the small text files of /proc and of cgroups. What is missing or unreadable is null, not an error.</summary>
internal static class KernelFile
{
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The number after <paramref name="key"/> in lines of "key number [unit]" or "key: number [unit]".</summary>
    public static long? Value(string? text, string key)
    {
        if (text is null)
            return null;

        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(key, StringComparison.Ordinal))
                continue;
            var rest = line[key.Length..];
            if (rest.Length == 0 || rest[0] is not (' ' or ':' or '\t'))
                continue;

            rest = rest.TrimStart(": \t");
            var end = rest.IndexOfAny(' ', '\t');
            return Number(end < 0 ? rest : rest[..end]);
        }

        return null;
    }

    /// <summary>So many units of so many ticks; null beyond what a time can be.</summary>
    public static TimeSpan? Time(long? units, long ticks) => units <= TimeSpan.MaxValue.Ticks / ticks ? TimeSpan.FromTicks(units.Value * ticks) : null;

    public static long? Number(ReadOnlySpan<char> text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
