using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>Finds out what a move would mean, and whether it can begin. Both sides are read in read-only transactions.</summary>
internal sealed class Planner(MigrationEnvironment environment)
{
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

    public async Task<PlanReport> RunAsync(CancellationToken cancellationToken)
    {
        var started = environment.Time.GetTimestamp();
        await using var snapshot = await TryAsync(
            "original", () => OriginalSnapshot.TakeAsync(environment.Original, environment.Logger, cancellationToken));
        await using var target = await TryAsync("launchstack", () => OpenTargetAsync(cancellationToken));
        var original = snapshot is null ? null : await DetectAsync(snapshot, cancellationToken);

        var planned = snapshot is null || original is null
            ? null
            : await new OriginalInspection(snapshot, original, environment).RunAsync(cancellationToken);
        var there = target is null ? null : await TargetInspection.RunAsync(target, original, _problems, cancellationToken);
        if (planned is not null)
            Warn(planned, there);
        if (original is not null && target is not null)
            await WarnOfColumnsAsync(original, target, cancellationToken);
        if (planned is not null && there?.FreeBytes < planned.NeededBytes)
            _problems.Add(
                $"The target's disk has {Megabytes(there.FreeBytes.Value)} free; about {Megabytes(planned.NeededBytes)} are needed. Make room first.");
        return new(_problems, _warnings, planned, there, environment.Time.GetElapsedTime(started));
    }

    public static string Megabytes(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    private async Task<NpgsqlConnection> OpenTargetAsync(CancellationToken cancellationToken)
    {
        // Of its own: a pool would hand the read-only session on.
        var alone = new NpgsqlConnectionStringBuilder(DatabaseConnection.Prepare(environment.Target)) { Pooling = false }.ConnectionString;
        var connection = await DatabaseConnection.OpenAsync(alone, environment.Logger, environment.Time, cancellationToken);
        await connection.ExecuteAsync("SET default_transaction_read_only = on", cancellationToken);
        return connection;
    }

    private async Task<OriginalDatabase?> DetectAsync(OriginalSnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken);
            _ = original.SampleQuery();
            return original;
        }
        catch (Exception error) when (error is SchemaException or RefusedException)
        {
            _problems.Add(error.Message);
            return null;
        }
    }

    private void Warn(PlannedOriginal planned, PlannedTarget? target)
    {
        if (planned.BeyondRetention > 0)
            _warnings.Add(
                $"{planned.BeyondRetention} samples are older than Lifecycle:RawRetention ({environment.Lifecycle.RawRetention.TotalDays:0} days): "
                + "they are moved and rolled up, then, after the cutover, retention drops them; the rollups stay. "
                + "To keep them, set a longer Lifecycle__RawRetention before the services start.");
        if (planned.SoftDeleted > 0)
            _warnings.Add(
                $"{planned.SoftDeleted} samples are marked as deleted: they are moved with their mark, or quarantined with --quarantine-deleted.");
        if (planned.Redated > 0)
            _warnings.Add(
                $"{planned.Redated} samples have a created_at that cannot be (0001-01-01, infinity): they are moved, "
                + "and count as received at their own time.");
        if (target is { FreeBytes: null })
            _warnings.Add($"The free disk of the target cannot be seen from here; about {Megabytes(planned.NeededBytes)} are needed.");
    }

    /// <summary>Columns that the target lacks; an empty target has no tables to compare users, instances and payments with.</summary>
    private async Task WarnOfColumnsAsync(OriginalDatabase original, NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var lacking = new List<string>();
        foreach (var table in original.Relations)
        {
            var columns = await TargetColumn.FindAsync(target, table.TargetName, table.Columns, anyCase: true, cancellationToken);
            if (columns.Any(c => c.IsThere))
                lacking.AddRange(columns.Where(c => !c.IsThere).Select(c => Name(table, c.Source)));
        }

        try
        {
            var there = (await ExtraColumns.FindAsync(target, original.Samples, binary: true, cancellationToken)).Columns.Select(c => c.Column);
            lacking.AddRange(ExtraColumns.Of(original.Samples).Except(there).Select(c => Name(original.Samples, c)));
        }
        catch (RefusedException error)
        {
            _problems.Add(error.Message);
        }

        if (lacking.Count > 0)
            _warnings.Add($"{lacking.Count} columns that the target lacks will be added: {string.Join(", ", lacking)}.");

        static string Name(OriginalTable table, OriginalColumn column) => $"{table.Name}.{column.Quoted} {column.TargetType}";
    }

    private async Task<T?> TryAsync<T>(string name, Func<Task<T>> open)
        where T : class
    {
        try
        {
            return await open();
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or SchemaException)
        {
            _problems.Add($"ConnectionStrings__{name}: {error.Message}");
            return null;
        }
    }
}
