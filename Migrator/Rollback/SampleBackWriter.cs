using System.Globalization;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Writes samples to the original's table, a batch a transaction. A sample that is there already is left alone, or gets the target's
/// values and mark; one that the original would hold otherwise is refused.
/// </summary>
internal sealed class SampleBackWriter(NpgsqlConnection original, OriginalDatabase database, OriginalFacts facts, ExtraColumns extras)
{
    // Nobody has counted yet what was written a moment ago: to the planner times beyond the newest it knows are those of no row, and a loop over them is cheap.
    private const string Plan = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off";

    private readonly SampleBackSql _sql = new(database, facts, extras);
    private readonly SortedSet<string> _triggered = [];

    private OriginalTable Table => database.Samples;

    /// <summary>Columns that a trigger of the original has changed.</summary>
    public IReadOnlySet<string> Triggered => _triggered;

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IEnumerable<string> Notes => _sql.Notes.Concat(
        _triggered.Count == 0 ? [] : [$"{Table.Display}: triggers of the original have set {string.Join(", ", _triggered)} by themselves."]);

    /// <summary>Writes what of these, by time, is not there as it should be. Those marked as deleted that the original never had are not brought to it for that.</summary>
    /// <returns>How many live ones were written.</returns>
    /// <exception cref="RefusedException">The original does not take one, or would hold it otherwise; nothing of these was written.</exception>
    public async Task<int> WriteAsync(IReadOnlyList<BackSample> samples, CancellationToken cancellationToken)
    {
        if (_sql.Deleted is null)
        {
            await RequireMarksAsync([.. samples.Where(s => s.Deleted is not null)], cancellationToken);
            samples = [.. samples.Where(s => s.Deleted is null)];
        }

        if (samples.Count == 0)
            return 0;
        await using var transaction = await original.BeginTransactionAsync(cancellationToken);
        try
        {
            // Services that are on the original again look for what is there already, too.
            await original.ExecuteAsync($"{Plan}; {AdvisoryLock.TakeForOriginal}", cancellationToken);
            if (_sql.Instance.Kind == "text")
                _sql.Spelling ??= await UuidSpelling.FindAsync(original, Table, _sql.Instance, _sql.NamedByText, cancellationToken);
            var triggers = new TriggerSuspension(original, transaction);
            var isExact = await triggers.SuspendAsync(Table, cancellationToken);
            var (written, arrays, there) = (0, _sql.Arrays(samples), _sql.There(samples));
            var known = await KnownAsync(samples, there, arrays, cancellationToken);
            arrays = [.. arrays, known.Select(k => k.Position).ToArray(), known.Select(k => k.Live).ToArray(), known.Select(k => k.Place).ToArray()];
            await foreach (var row in original.TextRowsAsync(_sql.Statement(_sql.Left(samples), there, arrays.Length), cancellationToken, arrays))
            {
                written += row[5] is null ? 1 : 0;
                if (row[0] is { } column)
                    Check(row, column, isExact);
            }

            await triggers.RestoreAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return written;
        }
        catch (PostgresException error) when (RelationBackWriter.IsRefusal(error))
        {
            await transaction.RollbackAsync(cancellationToken);
            if (error is { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RewriteQuery" } && await OriginalFacts.RulesAsync(original, Table, cancellationToken) is { Count: > 0 } rules)
                throw new RefusedException(
                    $"Rules of {Table.Display} of the original do not let samples be written as the way back does: {ErrorText.Describe(error)}. What was written before stays. "
                    + $"There: {OriginalFacts.Disable(rules)}; then run rollback --reverse-sync again, and ENABLE RULE after it.", error);
            if (samples.Count == 1)
                throw Refuse($"{samples[0].Sample.InstanceId} at {Shown(samples[0].Sample.Timestamp)}", ErrorText.Describe(error), error);
        }

        // Halves, until the one stands alone that is at fault.
        var half = samples.Count / 2;
        return await WriteAsync([.. samples.Take(half)], cancellationToken) + await WriteAsync([.. samples.Skip(half)], cancellationToken);
    }

    /// <exception cref="RefusedException">The original holds some that are marked as deleted in the target, and cannot mark them.</exception>
    private async Task RequireMarksAsync(IReadOnlyList<BackSample> marked, CancellationToken cancellationToken)
    {
        if (marked.Count > 0 && await original.ScalarAsync<bool>(
            $"SELECT EXISTS (SELECT FROM {Table.Quoted} s, unnest($1, $2) i (instance_id, \"timestamp\") WHERE {_sql.There(marked)})", cancellationToken,
            marked.Select(m => m.Sample.InstanceId).ToArray(), marked.Select(m => m.Sample.Timestamp.UtcDateTime).ToArray()))
            throw new RefusedException(
                $"Samples were marked as deleted in the target since the cutover, and {Table.Display} of the original has no column deleted_at for that. "
                + "What was written before stays. Delete them there, or add the column, then run rollback --reverse-sync again.");
    }

    /// <summary>
    /// Which are there already, how many of each are live, and the places of those to be written. Of several samples of one instant that is the one
    /// that the move would take, where rows can be told apart and none is as it should be; where only a marked one is there, that comes back to life.
    /// Of one to be marked it is all that are live.
    /// </summary>
    // By itself: a statement that also changes rows of compressed chunks unpacks them, and may not see them any more when it looks.
    private async Task<List<(string? Position, string? Live, string? Place)>> KnownAsync(
        IReadOnlyList<BackSample> samples, string there, object[] arrays, CancellationToken cancellationToken)
    {
        var known = new List<(string? Position, string? Live, string? Place)>();
        var several = new Dictionary<(Guid, long), int>();
        var candidates = new List<string?>();
        await foreach (var row in original.TextRowsAsync(_sql.Known(there), cancellationToken, arrays))
        {
            if (Table.IsPlain && row[3] == "true")
            {
                var sample = samples[int.Parse(row[0]!, CultureInfo.InvariantCulture) - 1].Sample;
                candidates.Add(row[2]);
                if (!several.TryAdd((sample.InstanceId, PostgresTime.FromDateTime(sample.Timestamp.UtcDateTime)), known.Count))
                    continue;
            }

            known.Add((row[0], row[1], row[2]));
        }

        if (candidates.Count == 0)
            return known;
        var rows = new SampleBuffer();
        await LegacySampleReader.ReadAsync(
            original, database.SampleQuery(extras).Select($"ctid = ANY('{{{string.Join(',', candidates.Select(c => $"\"{c}\""))}}}')"), copy: true, rows, cancellationToken);
        foreach (var (sample, place) in MovedSample.Places(rows))
            known[several[sample]] = known[several[sample]] with { Place = LegacySampleQuery.Tid(place).ToString() };
        return known;
    }

    private void Check(string?[] row, string column, bool isExact)
    {
        var name = $"{row[1]} at {row[2]}";
        if (column == "timestamp")
            throw Refuse(name, $"this would be its time in the original, and is not ({_sql.Time.Display} is {_sql.Time.Type}{(isExact ? "" : "; a trigger may have set it")})");
        if (isExact)
            throw Refuse(name, $"the original would hold {row[3] ?? "null"} in {column} ({Table.Find(column)!.Type}), not {row[4] ?? "null"}");
        _triggered.Add(column);
    }

    private RefusedException Refuse(string sample, string why, PostgresException? error = null) => new(
        $"{Table.Display} of the original refuses a sample that came or changed after the cutover (instance {sample}): {why}. What was written before stays. "
        + $"{(facts.TakesNoRows ? Remedy.OfClosedTable : Remedy.For(error, Table))}, then run rollback --reverse-sync again.", error!);

    private static string Shown(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z";
}
