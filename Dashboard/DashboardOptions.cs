namespace LaunchStack.Dashboard;

/// <summary>Section <c>Dashboard</c>: keys, addresses and the limits of what is kept in memory.</summary>
public sealed class DashboardOptions
{
    /// <summary>What guards the pages.</summary>
    public FrontendOptions Frontend { get; set; } = new();

    /// <summary>What guards the receiver.</summary>
    public OtlpOptions Otlp { get; set; } = new();

    /// <summary>How the AppHost is reached.</summary>
    public ResourceServiceClientOptions ResourceServiceClient { get; set; } = new();

    /// <summary>How much is kept.</summary>
    public TelemetryLimits TelemetryLimits { get; set; } = new();

    /// <summary>The first thing that is wrong with these options, or null. Names the configuration key.</summary>
    public string? Fault()
    {
        var limits = TelemetryLimits;
        foreach (var (name, value) in new (string, long)[]
        {
            (nameof(limits.MaxLogCount), limits.MaxLogCount), (nameof(limits.MaxTraceCount), limits.MaxTraceCount),
            (nameof(limits.MaxMetricsCount), limits.MaxMetricsCount), (nameof(limits.MaxSpansPerTrace), limits.MaxSpansPerTrace),
            (nameof(limits.MaxResources), limits.MaxResources), (nameof(limits.MaxTraceBytes), limits.MaxTraceBytes),
            (nameof(limits.MaxLogBytes), limits.MaxLogBytes), (nameof(limits.MaxRequestBytes), limits.MaxRequestBytes),
        })
            if (value <= 0) return $"Dashboard:TelemetryLimits:{name} must be greater than zero, but is {value}.";
        return null;
    }
}

/// <summary>The pages' token.</summary>
public sealed class FrontendOptions
{
    /// <summary>Token of the login URL; one is generated when none is given.</summary>
    public string? BrowserToken { get; set; }

    /// <summary><c>BrowserToken</c>, or <c>Unsecured</c> for no login.</summary>
    public string AuthMode { get; set; } = "BrowserToken";
}

/// <summary>The receiver's key.</summary>
public sealed class OtlpOptions
{
    /// <summary>Expected in the header <c>x-otlp-api-key</c>; none means that senders need no key.</summary>
    public string? PrimaryApiKey { get; set; }
}

/// <summary>The AppHost's key.</summary>
public sealed class ResourceServiceClientOptions
{
    /// <summary>Sent in the header <c>x-resource-service-api-key</c>.</summary>
    public string? ApiKey { get; set; }
}

/// <summary>Limits: beyond them the oldest is dropped and counted. The counts are those of the Aspire dashboard.</summary>
public sealed class TelemetryLimits
{
    /// <summary>Log records per resource.</summary>
    public int MaxLogCount { get; set; } = 10_000;

    /// <summary>Traces in all (a trace belongs to several resources).</summary>
    public int MaxTraceCount { get; set; } = 10_000;

    /// <summary>Metric points per resource.</summary>
    public int MaxMetricsCount { get; set; } = 50_000;

    /// <summary>Spans of one trace; a trace that never ends must not fill the memory.</summary>
    public int MaxSpansPerTrace { get; set; } = 5_000;

    /// <summary>Resources that have sent telemetry; beyond it the one silent for longest goes.</summary>
    public int MaxResources { get; set; } = 200;

    /// <summary>Encoded bytes of all spans.</summary>
    public long MaxTraceBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Encoded bytes of all log records.</summary>
    public long MaxLogBytes { get; set; } = 32L * 1024 * 1024;

    /// <summary>Bytes of one export, after decompression.</summary>
    public int MaxRequestBytes { get; set; } = 16 * 1024 * 1024;
}
