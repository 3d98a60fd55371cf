using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Npgsql;
using DatabaseExecutor = LaunchStack.Usage.Database.DatabaseExecutor;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Writes to the original what the target has taken in since the cutover: the only part of the migrator that ever writes there.
/// A sample that is there already is left alone, so that a run that was cut short is simply run again.
/// </summary>
internal sealed class ReverseSync(MigrationEnvironment environment, bool allowDeletions = false)
{
    private const int BatchRows = 10_000;

    // Both may have grown large; nobody waits for a single answer here.
    private static readonly TimeSpan LongestCommit = TimeSpan.FromMinutes(30);

    /// <param name="write">False only counts.</param>
    /// <param name="cancellationToken">Stops between two commits.</param>
    /// <exception cref="RefusedException">There was no cutover, or the original does not take what is to be written.</exception>
    public async Task<RollbackReport> RunAsync(bool write, CancellationToken cancellationToken)
    {
        using var activity = SchemaMigration.Source.StartActivity("migration.rollback");
        await using var target = await environment.OpenTargetAsync(cancellationToken);
        if (await new MigrationLedger(target).FindRunAsync(cancellationToken) is not { CutoverAt: { } cutover } run)
            throw new RefusedException(
                "There was no cutover into this target: the original lacks nothing. Point ConnectionStrings__launchstack back at it and restart.");
        var samples = await target.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE {Since(cutover)} AND deleted_at IS NULL", cancellationToken);
        if (!write)
            return new(cutover, samples, 0, [], [], []);

        await using var turn = await MigrationLock.TakeAsync(target, environment.Time, cancellationToken);
        var prepared = DatabaseConnection.Prepare(environment.Original);
        await using var connection = await DatabaseConnection.OpenAsync(prepared, environment.Logger, environment.Time, cancellationToken);
        var original = await DetectAsync(connection, run, cancellationToken);
        var sync = new RelationSync(target, connection, original);
        var relations = await sync.WriteAsync(allowDeletions, cancellationToken);
        await using var source = NpgsqlDataSource.Create(prepared);
        var written = await WriteSamplesAsync(target, source, $"{Since(cutover)} AND deleted_at IS NULL", samples, cancellationToken);
        await MarkDeletedAsync(target, connection, original.Samples, $"{Since(cutover)} AND deleted_at IS NOT NULL", cancellationToken);

        environment.Progress.Step("comparing both sides");
        var findings = new List<string>(await sync.CompareAsync(cancellationToken));
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, cancellationToken);
        findings.AddRange(await new ReverseVerification(snapshot, original, target, run, Since(cutover)).RunAsync(cancellationToken));
        return new(cutover, samples, written, relations, sync.Notes, findings);
    }

    private static string Since(DateTime cutover) => $"received_at >= {OriginalReader.Literal(cutover)}";

    private static async Task<OriginalDatabase> DetectAsync(NpgsqlConnection connection, MigrationRun run, CancellationToken cancellationToken)
    {
        var original = await OriginalDatabase.DetectAsync(connection, cancellationToken);
        run.RequireSame(original);
        if (await connection.ScalarAsync<string>("SHOW transaction_read_only", cancellationToken) == "on")
            throw new RefusedException(
                $"The original cannot be written to: it is a standby, or default_transaction_read_only is on for {connection.UserName} there; "
                + "nothing was written. Name its primary, or a user who may write, in ConnectionStrings__original.");
        var closed = new List<string>();
        foreach (var table in original.Relations.Append(original.Samples))
        {
            if (!await table.MayAsync(connection, ["SELECT", "INSERT", "UPDATE"], cancellationToken))
                closed.Add(table.Quoted);
        }

        if (closed.Count > 0)
            throw new RefusedException(
                $"User {connection.UserName} may not write to {string.Join(", ", closed)} of the original; nothing was written. "
                + "Name one in ConnectionStrings__original that may, "
                + $"or GRANT SELECT, INSERT, UPDATE ON {string.Join(", ", closed)} TO {OriginalTable.Quote(connection.UserName ?? "")}.");
        return original;
    }

    private async Task<long> WriteSamplesAsync(
        NpgsqlConnection target, NpgsqlDataSource source, string since, long samples, CancellationToken cancellationToken)
    {
        await using var writer = new UsageWriter(new DatabaseExecutor(source, environment.Time, LongestCommit), new() { Writers = 1 }, environment.Time);
        environment.Progress.Start(samples, 0);
        var written = 0L;
        await using var command = new NpgsqlCommand(
            $"""
            SELECT instance_id, "timestamp", {Measures.Columns}
            FROM resource_usage WHERE {since}
            """, target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var more = true; more;)
        {
            // A sample that was there at the cutover may have been raised since, as parts of it arrived.
            using var batch = new UsageBatch(SampleWindow.Unbounded, ConflictMode.Merge);
            while (batch.Samples.Count < BatchRows && (more = await reader.ReadAsync(cancellationToken)))
                batch.Add(batch.Samples.Count, Sample(reader));
            if (batch.Samples.Count == 0)
                break;
            var rows = batch.Samples.Count;
            var outcome = await writer.WriteAsync(batch, cancellationToken);
            if (outcome.Rejected.Count > 0)
                throw new RefusedException(
                    $"The original refuses a sample: {outcome.Rejected[0].Detail} What was written before stays; "
                    + "correct the cause and run rollback --reverse-sync again.");
            written += outcome.Accepted;
            environment.Progress.Add(rows);
        }

        environment.Progress.Stop();
        return written;
    }

    /// <summary>Samples that were marked as deleted since. Those that the original never had are not brought to it for that.</summary>
    /// <exception cref="RefusedException">It holds some of them, and cannot mark them.</exception>
    private static async Task MarkDeletedAsync(
        NpgsqlConnection target, NpgsqlConnection connection, OriginalTable samples, string marked, CancellationToken cancellationToken)
    {
        var (instance, time, deleted) = (samples.Find("instance_id")!, samples.Find("timestamp")!, samples.Find("deleted_at"));
        var mark = deleted is null ? "" : $"UPDATE {samples.Quoted} s SET {deleted.Quoted} = {As(deleted, "d")} FROM";
        var batch = new RowBatch<(Guid Instance, DateTime Time, DateTime Deleted)>();
        await using var command = new NpgsqlCommand($"SELECT instance_id, \"timestamp\", deleted_at FROM resource_usage WHERE {marked}", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var more = true; more;)
        {
            if (more = await reader.ReadAsync(cancellationToken))
                batch.Add((reader.GetGuid(0), reader.GetDateTime(1), reader.GetDateTime(2)), bytes: 32);
            if (more && !batch.IsFull)
                continue;
            var rows = batch.Take();
            object[] values = [rows.ConvertAll(r => r.Instance).ToArray(), rows.ConvertAll(r => r.Time).ToArray(), rows.ConvertAll(r => r.Deleted).ToArray()];
            var there = $"unnest($1, $2, $3) u (i, t, d) WHERE s.{instance.Quoted} = u.i AND s.{time.Quoted} = {As(time, "t")}";
            if (deleted is not null)
                await connection.ExecuteAsync($"{mark} {there} AND s.{deleted.Quoted} IS NULL", cancellationToken, values);
            else if (await connection.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {samples.Quoted} s, {there})", cancellationToken, values))
                throw new RefusedException(
                    $"Samples were marked as deleted in the target since the cutover, and {samples.Display} of the original has no column deleted_at for that. "
                    + "What was written before stays. Delete them there, or add the column, then run rollback --reverse-sync again.");
        }

        static string As(OriginalColumn column, string value) =>
            column.Kind == "timestamp without time zone" ? $"u.{value} AT TIME ZONE 'UTC'" : $"u.{value}";
    }

    private static UsageSample Sample(NpgsqlDataReader reader)
    {
        return new(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), new()
        {
            CpuUsage = reader.IsDBNull(2) ? null : reader.GetDouble(2),
            MemoryUsage = Size(3),
            MemoryLimit = Size(4),
            DiskUsage = Size(5),
            NetworkIn = Size(6),
            NetworkOut = Size(7),
        });

        long? Size(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
    }
}
