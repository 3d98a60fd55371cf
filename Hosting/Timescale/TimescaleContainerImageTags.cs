namespace Aspire.Hosting.Timescale;

internal static class TimescaleContainerImageTags
{
    public const string Registry = "docker.io";
    public const string Image = "timescale/timescaledb";
    public const string Tag = "2.29.2-pg17";

    /// <summary>
    /// Where an image keeps its data: PostgreSQL's images moved the volume with version 18. The version stands behind <c>pg</c> in the
    /// tag; its first number is TimescaleDB's. A tag without one is taken for <see cref="Tag"/>'s.
    /// </summary>
    public static string DataPath(string? tag)
    {
        var at = tag?.LastIndexOf("pg", StringComparison.Ordinal) ?? -1;
        var digits = at < 0 ? "" : string.Concat(tag![(at + 2)..].TakeWhile(char.IsAsciiDigit));
        return int.TryParse(digits, out var major) && major >= 18 ? "/var/lib/postgresql" : "/var/lib/postgresql/data";
    }
}
