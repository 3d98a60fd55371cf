namespace LaunchStack.Ingest.Api.Protocols.Prometheus;

/// <summary>What a remote write request held.</summary>
internal struct RemoteWriteCounts
{
    /// <summary>Samples, without stale markers.</summary>
    public int Samples { get; set; }

    /// <summary>Native histograms; no column holds one.</summary>
    public int Histograms { get; set; }

    /// <summary>Exemplars; no column holds one.</summary>
    public int Exemplars { get; set; }

    /// <summary>Markers that say "this series has ended".</summary>
    public int Stale { get; set; }
}
