using LaunchStack.Usage.Samples;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The columns of a sample in the order of <see cref="EncodedSample"/>.</summary>
internal static class LegacySampleColumns
{
    /// <summary>Names in the target; <see cref="EncodedSample.Received"/> is <c>created_at</c> in the original.</summary>
    public static readonly string[] Names = ["instance_id", "timestamp", .. Measures.All.Select(m => m.Column()), "received_at", "deleted_at"];

    public static readonly string[] Types =
        ["uuid", "timestamptz", .. Measures.All.Select(m => m.SqlType()), "timestamptz", "timestamptz"];

    public static readonly string Target = $"{SampleTable.Columns}, received_at, deleted_at";

    /// <summary>Whether a column of the original is one of ours.</summary>
    public static bool IsKnown(string originalName) => NameOf(originalName) is not null;

    /// <summary>Our name for a column of the original; null for one that is none of ours.</summary>
    public static string? NameOf(string originalName) =>
        Names.Where((_, column) => OriginalName(column).Equals(originalName, StringComparison.OrdinalIgnoreCase)).FirstOrDefault();

    public static string OriginalName(int column) => column == EncodedSample.Received ? "created_at" : Names[column];
}
