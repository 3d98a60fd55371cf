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
        await using var snapshot = await OriginalSnapshot.TakeAsync(sourceConnectionString, logger, cancellationToken);
        var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken);
        run.RequireSame(original);

        var findings = new List<string>();
        foreach (var relation in original.Relations)
            findings.AddRange(await new RelationVerification(snapshot.Connection, target).CompareAsync(relation, cancellationToken));

        var query = new SampleQuery(original.Samples);
        var scan = await SourceScan.RunAsync(snapshot, query, run.Earliest, run.Latest, cancellationToken);
        var known = await CopyRunner.KnownWindowsAsync(target, cancellationToken);
        var windows = scan.Windows(run.ChunkInterval, known);

        // Windows that the original has no row in any more still have to be empty in the target.
        var gone = known.Where(k => windows.All(w => w.Start != k.Start)).Select(k => SourceWindow.Gone(k.Start, k.End));
        var compared = await CompareAsync(snapshot, query, run, [.. windows, .. gone], target, workers, findings, cancellationToken);
        findings.AddRange(await TargetChecks.RunAsync(target, cancellationToken));

        var quarantined = await target.ScalarAsync<long>(
            "SELECT count(*) FROM migration_quarantine WHERE source_table = $1", cancellationToken, original.Samples.Name);
        var (sourceRows, moved) = (compared.Sum(w => w.SourceRows), compared.Sum(w => w.TargetRows));
        if (sourceRows != moved + quarantined)
            findings.Add($"{sourceRows} samples in the original, but {moved} moved and {quarantined} quarantined");
        var report = new VerifyReport(findings.Count == 0, sourceRows, moved, quarantined, compared, findings, time.GetElapsedTime(started));
        await RecordAsync(target, report, cancellationToken);
        return report;
    }

    private async Task<List<VerifiedWindow>> CompareAsync(
        OriginalSnapshot snapshot, SampleQuery query, MigrationRun run, IReadOnlyList<SourceWindow> windows, Npgsql.NpgsqlConnection target, int workers,
        List<string> findings, CancellationToken cancellationToken)
    {
        var instances = await CopyRunner.InstancesAsync(target, cancellationToken);
        var copy = (await TargetAbilities.FindAsync(target, cancellationToken)).Copy;
        var rules = run.Rules(instances);
        var queue = new ConcurrentQueue<SourceWindow>(windows);
        var results = new ConcurrentBag<(VerifiedWindow Window, IReadOnlyList<string> Findings)>();
        progress.Start(windows.Sum(w => w.Rows), 0);
        await Task.WhenAll(Enumerable.Range(0, copy ? workers : 1).Select(async _ =>
        {
            await using var reading = await snapshot.OpenAsync(cancellationToken);
            await using var there = await DatabaseConnection.OpenAsync(targetString, logger, time, cancellationToken);
            var verification = new WindowVerification(new OriginalReader(reading, query, run.Earliest, run.Latest), rules, there, copy, run.CutoverAt);
            while (queue.TryDequeue(out var window))
            {
                results.Add(await verification.CompareAsync(window, cancellationToken));
                progress.Add(window.Rows);
            }
        }));
        progress.Stop();
        findings.AddRange(results.OrderBy(r => r.Window.Start).SelectMany(r => r.Findings));
        return [.. results.Select(r => r.Window).OrderBy(w => w.Start)];
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
