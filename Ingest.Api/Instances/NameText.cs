namespace LaunchStack.Ingest.Api.Instances;

/// <summary>What may be the name of an instance or a key.</summary>
internal static class NameText
{
    /// <summary>What is wrong with one that may not be.</summary>
    public const string Form = "name: 1 to 100 characters, without a zero byte.";

    // instances.name of the original's generation 3; PostgreSQL's text cannot hold a zero byte.
    private const int MaxLength = 100;

    /// <summary>Whether the text may be one.</summary>
    public static bool IsValid(string? text) => text is { Length: > 0 and <= MaxLength } && !text.Contains('\0', StringComparison.Ordinal);
}
