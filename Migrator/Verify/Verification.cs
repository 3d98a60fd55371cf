using System.Collections.Concurrent;
using LaunchStack.Contracts;
using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Source;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Migrator.Verify;

/// <summary>Proves that the target holds what the original holds, by reading both again.</summary>
internal sealed class Verification(string sourceConnectionString, string targetConnectionString, ILogger logger, TimeProvider time, CopyProgress progress)
{
    private readonly string targetString = DatabaseConnection.Prepare(targetConnectionString);

    public async Task<VerifyReport> RunAsync(int workers, CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.verify");
        var started = time.GetTimestamp();
        await using var target = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
        var run = await MigrationRun.FindAsync(target, cancellationToken)
            ?? throw new RefusedException("Nothing was copied into this target. Run copy first.");
        if (run.CopiedAt is null)
            throw new RefusedException("The copy into this target is not finished. Run copy again; it goes on where it was.");
        await using var snapshot = await OriginalSnapshot.TakeAsync(sourceConnectionString, logger, cancellationToken);
        var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken);
        run.RequireSame(original);

        var findings = new List<string>();
        var tables = new List<VerifiedTable>();
        foreach (var relation in original.Relations)
        {
            findings.AddRange(await new RelationVerification(snapshot.Connection, target).CompareAsync(relation, cancellationToken));
            var name = relation.Name.ToLowerInvariant();
            // Since the cutover the target has rows of its own.
            if (run.CutoverAt is null)
                findings.AddRange((await new SurplusRows(snapshot.Connection, target).FindAsync(relation, cancellationToken))
                    .Select(id => $"{name}: {id} is not in the original; catch-up removes it"));
            tables.Add(new(
                relation.Name, await snapshot.Connection.ScalarAsync<long>($"SELECT count(*) FROM {relation.Quoted}", cancellationToken),
                await target.ScalarAsync<long>($"SELECT count(*) FROM {name}", cancellationToken), await QuarantinedAsync(target, name, cancellationToken)));
        }

        var copy = (await TargetAbilities.FindAsync(target, cancellationToken)).Copy;
        var extras = await SampleExtras.FindAsync(target, original.Samples, copy, cancellationToken);
        findings.AddRange(SampleExtras.Of(original.Samples).Except(extras.Columns.Select(c => c.Column))
            .Select(c => $"{original.Samples.Name}: the target lacks column {c.Quoted}; run catch-up"));
        var query = new SampleQuery(original.Samples, extras);
        var scan = await SourceScan.RunAsync(snapshot, query, run.Earliest, run.Latest, cancellationToken);
        var known = await CopyRunner.KnownWindowsAsync(target, cancellationToken);
        var windows = scan.Windows(run.ChunkInterval, known);

        // Windows that the original has no row in any more still have to be empty in the target.
        var gone = known.Where(k => windows.All(w => w.Start != k.Start)).Select(k => SourceWindow.Gone(k.Start, k.End));
        var (compared, columns) = await CompareAsync(snapshot, query, run, [.. windows, .. gone], target, copy, workers, findings, cancellationToken);
        findings.AddRange(await TargetChecks.RunAsync(target, cancellationToken));
        findings.AddRange(await CompareRollupsAsync(target, copy && workers > 1, cancellationToken));
        if (run.CutoverAt is null)
            findings.AddRange(await ElsewhereAsync(target, compared, cancellationToken));

        var reasons = await QuarantinedAsync(target, original.Samples.Name, cancellationToken);
        var (sourceRows, moved, quarantined) = (compared.Sum(w => w.SourceRows), compared.Sum(w => w.TargetRows), reasons.Values.Sum());
        tables.Add(new(original.Samples.Name, sourceRows, moved, reasons));
        if (sourceRows != moved + quarantined)
            findings.Add($"{sourceRows} samples in the original, but {moved} moved and {quarantined} quarantined");
        var report = new VerifyReport(findings.Count == 0, sourceRows, moved, quarantined, tables, columns, compared, findings,
            await FailingJob.ListAsync(target, cancellationToken), time.GetElapsedTime(started));
        await RecordAsync(target, report, cancellationToken);
        return report;
    }

    private static async Task<Dictionary<string, long>> QuarantinedAsync(Npgsql.NpgsqlConnection target, string table, CancellationToken cancellationToken)
    {
        var reasons = new Dictionary<string, long>();
        await using var command = new Npgsql.NpgsqlCommand(
            "SELECT reason, count(*) FROM migration_quarantine WHERE source_table = $1 GROUP BY reason ORDER BY reason", target)
        {
            Parameters = { new() { Value = table } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            reasons.Add(reader.GetString(0), reader.GetInt64(1));
        return reasons;
    }

    private async Task<(List<VerifiedWindow> Windows, List<VerifiedColumn> Columns)> CompareAsync(
        OriginalSnapshot snapshot, SampleQuery query, MigrationRun run, IReadOnlyList<SourceWindow> windows, Npgsql.NpgsqlConnection target, bool copy, int workers,
        List<string> findings, CancellationToken cancellationToken)
    {
        var instances = await CopyRunner.InstancesAsync(target, cancellationToken);
        var rules = run.Rules(instances);
        var queue = new ConcurrentQueue<SourceWindow>(windows);
        var results = new ConcurrentBag<(VerifiedWindow Window, IReadOnlyList<string> Findings)>();
        var totals = new ConcurrentBag<WindowVerification>();
        progress.Start(windows.Sum(w => w.Rows), 0);
        await Task.WhenAll(Enumerable.Range(0, copy ? workers : 1).Select(async _ =>
        {
            await using var reading = await snapshot.OpenAsync(cancellationToken);
            await using var there = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
            var verification = new WindowVerification(new OriginalReader(reading, query, run.Earliest, run.Latest), rules, there, copy, run.CutoverAt);
            totals.Add(verification);
            while (queue.TryDequeue(out var window))
            {
                results.Add(await verification.CompareAsync(window, cancellationToken));
                progress.Add(window.Rows);
            }
        }));
        progress.Stop();
        findings.AddRange(results.OrderBy(r => r.Window.Start).SelectMany(r => r.Findings));
        return ([.. results.Select(r => r.Window).OrderBy(w => w.Start)], Columns(totals));
    }

    /// <summary>Samples of the target in times of which the original has none: no window looks there.</summary>
    private static async Task<List<string>> ElsewhereAsync(Npgsql.NpgsqlConnection target, List<VerifiedWindow> compared, CancellationToken cancellationToken)
    {
        const int RowsNamed = 20;
        var findings = new List<string>();
        var elsewhere = await target.ScalarAsync<long>("SELECT count(*) FROM resource_usage", cancellationToken) - compared.Sum(w => w.TargetRows);
        if (elsewhere == 0)
            return findings;
        var times = compared.Where(w => w.Start.Year > 1).ToList();
        await using var command = new Npgsql.NpgsqlCommand(
            $"""
            SELECT format('  not in the original: instance %s at %s', instance_id, "timestamp") FROM resource_usage r
            WHERE NOT EXISTS (SELECT FROM unnest($1::timestamptz[], $2::timestamptz[]) w(s, e) WHERE r."timestamp" >= w.s AND r."timestamp" < w.e)
            ORDER BY "timestamp", instance_id LIMIT {RowsNamed}
            """, target)
        {
            Parameters = { new() { Value = times.ConvertAll(w => w.Start).ToArray() }, new() { Value = times.ConvertAll(w => w.End).ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        findings.Add($"{elsewhere} samples stand in the target at times of which the original has none");
        while (await reader.ReadAsync(cancellationToken))
            findings.Add(reader.GetString(0));
        return findings;
    }

    private async Task<IReadOnlyList<string>> CompareRollupsAsync(Npgsql.NpgsqlConnection target, bool twoAtOnce, CancellationToken cancellationToken)
    {
        progress.Step("comparing the rollups");
        if (!twoAtOnce)
            return await new RollupVerification([target]).RunAsync(cancellationToken);
        await using var second = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
        return await new RollupVerification([target, second]).RunAsync(cancellationToken);
    }

    private static List<VerifiedColumn> Columns(IEnumerable<WindowVerification> workers)
    {
        WindowFigures here = new(), there = new();
        foreach (var worker in workers)
        {
            here.AddColumns(worker.Original);
            there.AddColumns(worker.Target);
        }

        return [.. here.Columns.Select((column, i) => new VerifiedColumn(
            SampleColumns.Names[SampleRow.Cpu + i], Side(column), Side(there.Columns[i]), column.Matches(there.Columns[i])))];

        static ColumnSide Side(ColumnFigures figures) => new(figures.Count, figures.Least, figures.Greatest, figures.ApproximateSum);
    }

    private async Task RecordAsync(Npgsql.NpgsqlConnection target, VerifyReport report, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        await target.ExecuteAsync($"UPDATE migration_runs SET verified_at = {(report.Matches ? "now()" : "NULL")}", cancellationToken);
        await OutboxRow.WriteAsync(
            target, new DataMigrated(report.SourceRows, report.MovedRows, report.QuarantinedRows, report.Matches, report.Duration, time.GetUtcNow()), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
