using System.Text.Json;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>Names of enumerated values on the wire and in the database: snake_case.</summary>
internal static class WireNames
{
    /// <summary>The name of a value.</summary>
    public static string Of<T>(T value) where T : struct, Enum => Names<T>.ByValue[value];

    /// <summary>The value of a name.</summary>
    public static bool TryParse<T>(string? name, out T value) where T : struct, Enum
    {
        value = default;
        return name is not null && Names<T>.ByName.TryGetValue(name, out value);
    }

    /// <summary>The value of a name that the database holds.</summary>
    public static T Parse<T>(string name) where T : struct, Enum => Names<T>.ByName[name];

    /// <summary>All names, for messages.</summary>
    public static string All<T>() where T : struct, Enum => string.Join(", ", Names<T>.ByName.Keys);

    private static class Names<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue =
            Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

        public static readonly Dictionary<string, T> ByName = ByValue.ToDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    }
}
