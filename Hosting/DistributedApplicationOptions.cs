namespace Aspire.Hosting;

/// <summary>How an application is built.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line.</summary>
    public string[]? Args { get; set; }

    /// <summary>Name of the AppHost's assembly; the entry assembly by default.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>Directory of the AppHost's project.</summary>
    public string? ProjectDirectory { get; set; }

    /// <summary>Runs without the dashboard.</summary>
    public bool DisableDashboard { get; set; }
}
