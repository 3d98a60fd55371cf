using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Ledger;

/// <summary>What has become of a window so far.</summary>
/// <param name="window">The window.</param>
internal sealed class CopiedWindow(SourceWindow window)
{
    public SourceWindow Window => window;

    /// <summary>How its rows were written: direct-compress, copy or insert.</summary>
    public string Method { get; set; } = "";

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
