using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Schema;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Writes to the original what the target has taken in since the cutover: the only part of the migrator that ever writes there.
/// A sample that is there already is left alone, so that a run that was cut short is simply run again.
/// </summary>
internal sealed class ReverseSync(MigrationEnvironment environment, bool allowDeletions = false)
{
    private const int BatchRows = 10_000;

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
        var writer = new SampleBackWriter(connection, original, await OriginalFacts.FindAsync(connection, original.Samples, cancellationToken));
        var written = await WriteSamplesAsync(target, writer, $"{Since(cutover)} AND deleted_at IS NULL", samples, cancellationToken);
        await MarkDeletedAsync(target, writer, $"{Since(cutover)} AND deleted_at IS NOT NULL", cancellationToken);

        environment.Progress.Step("comparing both sides");
        var findings = new List<string>(await sync.CompareAsync(cancellationToken));
        await using var snapshot = await OriginalSnapshot.TakeAsync(environment, cancellationToken);
        findings.AddRange(await new ReverseVerification(snapshot, original, target, run, Since(cutover), writer.Triggered).RunAsync(cancellationToken));
        return new(cutover, samples, written, relations, [.. sync.Notes, .. writer.Notes, .. OriginalChecks.ForServices(original)], findings);
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
        NpgsqlConnection target, SampleBackWriter writer, string since, long samples, CancellationToken cancellationToken)
    {
        environment.Progress.Start(samples, 0);
        var written = 0L;
        await using var command = new NpgsqlCommand($"SELECT instance_id, \"timestamp\", {Measures.Columns} FROM resource_usage WHERE {since}", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var more = true; more;)
        {
            var batch = new List<UsageSample>(BatchRows);
            while (batch.Count < BatchRows && (more = await reader.ReadAsync(cancellationToken)))
                batch.Add(Sample(reader));
            if (batch.Count > 0)
                written += await writer.WriteAsync(batch, cancellationToken);
            environment.Progress.Add(batch.Count);
        }

        environment.Progress.Stop();
        return written;
    }

    private static async Task MarkDeletedAsync(NpgsqlConnection target, SampleBackWriter writer, string marked, CancellationToken cancellationToken)
    {
        var batch = new RowBatch<(Guid Instance, DateTime Time, DateTime Deleted)>();
        await using var command = new NpgsqlCommand($"SELECT instance_id, \"timestamp\", deleted_at FROM resource_usage WHERE {marked}", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        for (var more = true; more;)
        {
            if (more = await reader.ReadAsync(cancellationToken))
                batch.Add((reader.GetGuid(0), reader.GetDateTime(1), reader.GetDateTime(2)), bytes: 32);
            if ((!more || batch.IsFull) && batch.Take() is { Count: > 0 } rows)
                await writer.MarkDeletedAsync(rows, cancellationToken);
        }
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
