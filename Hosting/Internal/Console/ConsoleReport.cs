using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.State;

namespace Aspire.Hosting.Internal.Console;

/// <summary>What a person sees of a run: each change of state, then the table, then what goes wrong later.</summary>
internal sealed class ConsoleReport(TextWriter output, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public async Task FollowAsync(ResourceNotificationService notifications, CancellationToken stopping)
    {
        var last = new Dictionary<string, (string State, string? Reason)>();
        try
        {
            await foreach (var change in notifications.WatchAsync(stopping))
            {
                var now = (change.Snapshot.State, change.Snapshot.Reason);
                if (last.TryGetValue(change.ResourceId, out var before) && before == now)
                    continue;
                // A health check that has not passed yet says the same every time.
                var repeats = before.State == now.State && now.State == KnownResourceStates.Running;
                last[change.ResourceId] = now;
                if (!repeats)
                    Line($"{Elapsed,6:0.0} s  {change.ResourceId,-15} {now.State,-9} {now.Reason}");
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    public async Task ReadyAsync(
        ResourceNotificationService notifications, IReadOnlyList<IResource> model, StateDirectory state, string? loginUrl,
        CancellationToken cancellationToken)
    {
        Line("");
        Line($"{"resource",-15} {"state",-9} {"pid",7}  address");
        foreach (var entry in notifications.Latest.OrderBy(e => model.ToList().IndexOf(e.Resource)).ThenBy(e => e.ResourceId, StringComparer.Ordinal))
        {
            var pid = entry.Snapshot.Pid?.ToString(CultureInfo.InvariantCulture) ?? "";
            Line($"{entry.ResourceId,-15} {entry.Snapshot.State,-9} {pid,7}  {string.Join(", ", entry.Snapshot.Urls)}");
        }
        Line("");
        foreach (var parameter in model.OfType<ParameterResource>())
            Line($"{parameter.Name}: {await parameter.GetValueAsync(cancellationToken)}");
        if (loginUrl is not null)
            Line($"dashboard: {loginUrl}");
        Line($"logs: {state.Logs}");
        Line($"ready in {Elapsed:0.0} s");
    }

    public void Stopping() => Line("stopping ...");

    private double Elapsed => time.GetElapsedTime(_start).TotalSeconds;

    private void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture).TrimEnd());

    private void Line(string text) => output.WriteLine(text);
}
