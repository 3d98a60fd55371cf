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
    public static string DataPath(string? tag) => PostgresMajor(tag) >= 18 ? "/var/lib/postgresql" : "/var/lib/postgresql/data";

    /// <summary>PostgreSQL's major version by a tag; null: it names none.</summary>
    public static int? PostgresMajor(string? tag) =>
        tag?.Split("pg") is [_, .., var last] && int.TryParse(string.Concat(last.TakeWhile(char.IsAsciiDigit)), out var major) ? major : null;
}
