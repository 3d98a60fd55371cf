using System.Globalization;

namespace LaunchStack.Migrator;

/// <summary>A number of things, for people.</summary>
internal static class Counted
{
    /// <summary>"1 row", "2 rows".</summary>
    /// <param name="count">How many.</param>
    /// <param name="thing">What one of them is called; many have an s more.</param>
    public static string Of(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}
