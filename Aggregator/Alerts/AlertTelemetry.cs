using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>Spans and metrics of the alerts; names are documented in docs/telemetry.md.</summary>
internal static class AlertTelemetry
{
    private static readonly ActivitySource Source = new("LaunchStack.Aggregator.Alerts");
    private static readonly Meter Meter = new("LaunchStack.Aggregator.Alerts");

    public static readonly Histogram<double> EvaluationDuration = Meter.CreateHistogram<double>(
        "launchstack.alert.evaluation.duration", "s", "Time of an evaluation, of one tick or of several that were missed.");

    public static readonly Histogram<double> EvaluationLag = Meter.CreateHistogram<double>(
        "launchstack.alert.evaluation.lag", "s", "From a tick to the commit of what it brought.");

    public static readonly Counter<long> Transitions = Meter.CreateCounter<long>(
        "launchstack.alert.transitions", "{transition}", "Changes of state, by the state entered.");

    public static readonly Counter<long> Notifications = Meter.CreateCounter<long>(
        "launchstack.notification.attempts", "{attempt}", "Attempts to send a notification, by kind of route and outcome.");

    public static Activity? StartEvaluation(DateTimeOffset first, DateTimeOffset last) => Source.StartActivity("alerts.evaluate")
        ?.SetTag("launchstack.from", first.ToString("O")).SetTag("launchstack.to", last.ToString("O"));

    public static Activity? StartReplay(DateTimeOffset first, DateTimeOffset last) => Source.StartActivity("alerts.replay")
        ?.SetTag("launchstack.from", first.ToString("O")).SetTag("launchstack.to", last.ToString("O"));

    public static Activity? StartNotification(Guid id, string kind) => Source.StartActivity("notification.send", ActivityKind.Client)
        ?.SetTag("launchstack.notification", id).SetTag("launchstack.route.kind", kind);
}
