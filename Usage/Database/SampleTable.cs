using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Database;

/// <summary>The hypertable of samples.</summary>
internal static class SampleTable
{
    public const string Name = "resource_usage";

    /// <summary>The columns that a sample brings, in the order in which they are written everywhere.</summary>
    public static readonly string Columns = $"instance_id, \"timestamp\", {Measures.Columns}";
}
