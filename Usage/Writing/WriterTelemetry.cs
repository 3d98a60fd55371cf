using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LaunchStack.Usage.Writing;

/// <summary>Spans and metrics of the write path; names are documented in docs/telemetry.md.</summary>
public static class WriterTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "LaunchStack.Ingest";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Samples = Meter.CreateCounter<long>(
        "launchstack.ingest.samples", "{sample}", "Samples answered, by outcome: accepted, duplicate, rejected.");

    internal static readonly Counter<long> Rejections = Meter.CreateCounter<long>(
        "launchstack.ingest.rejections", "{sample}", "Rejected samples by code.");

    internal static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>(
        "launchstack.ingest.commit.duration", "s", "Time of a commit, by strategy.");

    internal static readonly Histogram<long> CommitRows = Meter.CreateHistogram<long>(
        "launchstack.ingest.commit.rows", "{row}", "Rows of a commit: grows with the load.");

    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "launchstack.ingest.refused", "{request}", "Requests turned away, by reason: queue_full, database_unavailable.");

    internal static readonly UpDownCounter<long> QueuedRows = Meter.CreateUpDownCounter<long>(
        "launchstack.ingest.queue.rows", "{row}", "Rows that wait for a commit.");

    /// <summary>Counts the samples of a request.</summary>
    internal static void Answered(UsageOutcome outcome)
    {
        Samples.Add(outcome.Accepted, new KeyValuePair<string, object?>("outcome", "accepted"));
        Samples.Add(outcome.Duplicates, new KeyValuePair<string, object?>("outcome", "duplicate"));
        Samples.Add(outcome.Rejected.Count, new KeyValuePair<string, object?>("outcome", "rejected"));
        foreach (var code in outcome.Rejected.CountBy(r => r.Code))
            Rejections.Add(code.Value, new KeyValuePair<string, object?>("code", code.Key));
    }

    /// <summary>Measures a commit.</summary>
    internal static void Committed(Activity? activity, string strategy, CommitSet set, TimeSpan elapsed)
    {
        activity?.SetTag("launchstack.strategy", strategy).SetTag("launchstack.rows", set.Count).SetTag("launchstack.requests", set.Requests.Count);
        var tag = new KeyValuePair<string, object?>("strategy", strategy);
        CommitDuration.Record(elapsed.TotalSeconds, tag);
        CommitRows.Record(set.Count, tag);
    }

    /// <summary>The span of a commit: child of the first request, linked with all of them in both directions.</summary>
    internal static Activity? StartCommit(IReadOnlyList<PendingWrite> requests)
    {
        if (!Source.HasListeners())
            return null;
        var links = requests.Where(r => r.Activity is not null).Select(r => new ActivityLink(r.Activity!.Context)).ToList();
        var parent = links.Count > 0 ? links[0].Context : default;
        var activity = Source.StartActivity("usage.commit", ActivityKind.Internal, parent, links: links);
        if (activity is null)
            return null;
        foreach (var request in requests)
            request.Activity?.AddLink(new ActivityLink(activity.Context));
        return activity;
    }
}
