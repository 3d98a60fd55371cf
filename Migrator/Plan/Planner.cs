using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.Plan;

/// <summary>Finds out what a move would mean, and whether it can begin. Changes nothing on either side.</summary>
internal sealed class Planner(MigrationEnvironment environment)
{
    public async Task<PlanReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = environment.Time.GetTimestamp();
        await using var preflight = await Preflight.RunAsync(environment, cancellationToken);
        var (problems, warnings) = (preflight.Problems.ToList(), preflight.Warnings.ToList());
        var planned = await preflight.InspectAsync(problems, cancellationToken);
        if (preflight.Snapshot?.Narrowed is { } fewer)
            warnings.Add($"{fewer}: copy and verify use as many, and take longer.");
        if (planned is not null)
        {
            Warn(planned, preflight.State, warnings);
            if (preflight.State is { } target)
                problems.AddRange(planned.Needs.Problems(target.Locks, target.FreeBytes));
        }

        return new(problems, warnings, planned, preflight.State, environment.Time.GetElapsedTime(started));
    }

    private void Warn(PlannedOriginal planned, PlannedTarget? target, List<string> warnings)
    {
        if (planned.BeyondRetention > 0)
            warnings.Add(
                $"Older than Lifecycle:RawRetention ({environment.Lifecycle.RawRetention.TotalDays:0} days): {Counted.Of(planned.BeyondRetention, "sample")}, "
                + "moved and rolled up, then, after the cutover, dropped by retention; the rollups stay. "
                + "To keep what is so old, set a longer Lifecycle__RawRetention before the services start.");
        if (planned.SoftDeleted > 0)
            warnings.Add(
                $"Marked as deleted: {Counted.Of(planned.SoftDeleted, "sample")}, moved with the mark, or quarantined with --quarantine-deleted.");
        if (planned.Redated > 0)
            warnings.Add(
                $"With a created_at that cannot be (0001-01-01, infinity): {Counted.Of(planned.Redated, "sample")}, moved, "
                + "and received, as far as is known, at the sample's own time.");
        foreach (var table in planned.Relations.Append(planned.Samples).Where(t => QuarantineLimit.Default.Exceeds(t.Books)))
            warnings.Add(QuarantineLimit.Default.Describe(table.Books, table.Quarantine));
        if (target is { FreeBytes: null })
            warnings.Add($"The free disk of the target cannot be seen from here; about {TargetNeeds.Megabytes(planned.Needs.Bytes)} are needed.");
    }
}
