using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Ledger;

/// <summary>What has become of a window so far.</summary>
/// <param name="window">The window.</param>
/// <param name="method">How its rows were written: direct-compress, copy or insert.</param>
internal sealed class CopiedWindow(SourceWindow window, string method)
{
    public SourceWindow Window => window;

    public string Method { get; set; } = method;

    /// <summary>Rows read.</summary>
    public long SourceRows { get; set; }

    /// <summary>Rows written.</summary>
    public long MovedRows { get; set; }

    public long QuarantinedRows { get; set; }

    /// <summary>Rows written whose created_at could not be.</summary>
    public long RedatedRows { get; set; }

    /// <summary>Latest arrival of the rows written, in microseconds since 2000; null without any.</summary>
    public long? LastReceived { get; set; }

    /// <summary>Latest time of the rows written, likewise.</summary>
    public long? Newest { get; set; }
}
