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
                $"{planned.BeyondRetention} samples are older than Lifecycle:RawRetention ({environment.Lifecycle.RawRetention.TotalDays:0} days): "
                + "they are moved and rolled up, then, after the cutover, retention drops them; the rollups stay. "
                + "To keep them, set a longer Lifecycle__RawRetention before the services start.");
        if (planned.SoftDeleted > 0)
            warnings.Add(
                $"{planned.SoftDeleted} samples are marked as deleted: they are moved with their mark, or quarantined with --quarantine-deleted.");
        if (planned.Redated > 0)
            warnings.Add(
                $"{planned.Redated} samples have a created_at that cannot be (0001-01-01, infinity): they are moved, "
                + "and count as received at their own time.");
        foreach (var table in planned.Relations.Append(planned.Samples).Where(t => QuarantineLimit.Default.Exceeds(t.Books)))
            warnings.Add(QuarantineLimit.Default.Describe(table.Books, table.Quarantine));
        if (target is { FreeBytes: null })
            warnings.Add($"The free disk of the target cannot be seen from here; about {TargetNeeds.Megabytes(planned.Needs.Bytes)} are needed.");
    }
}
