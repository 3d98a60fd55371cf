using System.Diagnostics;
using System.Diagnostics.Metrics;
using LaunchStack.Contracts;
using LaunchStack.Usage;
using MassTransit;
using MassTransit.Logging;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>Spans and metrics of the rollups; names are documented in docs/telemetry.md.</summary>
internal static class RollupTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "LaunchStack.Aggregator";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Histogram<double> RefreshDuration = Meter.CreateHistogram<double>(
        "launchstack.rollup.refresh.duration", "s", "Time of one refresh statement, by rollup.");

    public static readonly Histogram<double> Lag = Meter.CreateHistogram<double>(
        "launchstack.rollup.lag", "s", "From the commit of samples to the end of the refresh that covers them.");

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>(
        "launchstack.rollup.batch.events", "{event}", "UsageIngested events that share a refresh.");

    public static readonly Histogram<double> PolicyDuration = Meter.CreateHistogram<double>(
        "launchstack.policy.duration", "s", "Time of one run of a policy, by policy and outcome.");

    /// <summary>
    /// The span of a batch: it goes on in the trace of the first event's commit, and is linked with those of the others.
    /// </summary>
    public static Activity? StartBatch(Batch<UsageIngested> batch)
    {
        var traces = new List<ActivityContext>();
        foreach (var message in batch)
        {
            if (ActivityContext.TryParse(message.Headers.Get<string>(DiagnosticHeaders.ActivityId), null, isRemote: true, out var trace))
                traces.Add(trace);
        }
        var activity = Source.StartActivity(
            "rollup.batch", ActivityKind.Consumer, traces.FirstOrDefault(), links: traces.Skip(1).Take(128).Select(trace => new ActivityLink(trace)));
        return activity?.SetTag("launchstack.events", batch.Length);
    }

    public static Activity? StartRefresh(Rollup rollup, TimeWindow window) => Source.StartActivity("rollup.refresh")
        ?.SetTag("launchstack.rollup", rollup.Name)
        .SetTag("launchstack.from", window.From.ToString("O"))
        .SetTag("launchstack.to", window.To.ToString("O"));

    public static Activity? StartPolicy(string policy) => Source.StartActivity("policy.run")?.SetTag("launchstack.policy", policy);
}
