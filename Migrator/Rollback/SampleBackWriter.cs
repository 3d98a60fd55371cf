using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Writes samples to the original's table, a batch a transaction. A sample that is there already is left alone, or gets the target's
/// values and mark; one that the original would hold otherwise is refused.
/// </summary>
internal sealed class SampleBackWriter(NpgsqlConnection original, NpgsqlConnection target, OriginalDatabase database, OriginalFacts facts, ExtraColumns extras)
{
    // Nobody has counted yet what was written a moment ago: to the planner times beyond the newest it knows are those of no row, and a loop over them is cheap.
    private const string Plan = "SET LOCAL enable_nestloop = off";

    private readonly SampleBackSql _sql = new(database, facts, extras);
    private readonly SortedSet<string> _triggered = [];

    private OriginalTable Table => database.Samples;

    /// <summary>Columns that a trigger of the original has changed.</summary>
    public IReadOnlySet<string> Triggered => _triggered;

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IEnumerable<string> Notes => _sql.Notes.Concat(
        _triggered.Count == 0 ? [] : [$"{Table.Display}: triggers of the original have set {string.Join(", ", _triggered)} by themselves."]);

    /// <summary>Of how many of these the original would compute another value than the target has, by column. Nothing is written.</summary>
    public async Task<IEnumerable<(OriginalColumn Column, long Rows)>> ComputedOtherwiseAsync(IReadOnlyList<BackSample> samples, CancellationToken cancellationToken) =>
        _sql.Computed.Count == 0 || samples.Count == 0
            ? []
            : _sql.Computed.Select(c => c.Column).Zip(
                (await original.QueryAsync(_sql.ComputedOtherwise(), r => _sql.Computed.Select((_, n) => r.GetInt64(n)).ToList(), cancellationToken, _sql.Arrays(samples)))[0]);

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
            arrays = [.. arrays, known.Select(k => k.Position).ToArray(), known.Select(k => k.Place).ToArray(), known.Select(k => k.Marks).ToArray()];
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
                $"Samples were marked as deleted in the target since the cutover, and {Table.Display} of the original has no column deleted_at for that, or computes it. "
                + "What was written before stays. Delete them there, or add the column, then run rollback --reverse-sync again.");
    }

    /// <summary>
    /// Which are there already, the places of those to be written, and of which only the mark: of several of one instant <see cref="MovedSample"/> gets
    /// the target's values. Of one that is to be marked as deleted all others that are live get the mark, or they would be there instead.
    /// </summary>
    // By itself: a statement that also changes rows of compressed chunks unpacks them, and may not see them any more when it looks.
    private async Task<List<(string? Position, string? Place, bool Marks)>> KnownAsync(
        IReadOnlyList<BackSample> samples, string there, object[] arrays, CancellationToken cancellationToken)
    {
        var known = new List<(string? Position, string? Place, bool Marks)>();
        var several = new Dictionary<string, (string? Position, bool Marks, bool IsEqual)>();
        await foreach (var row in original.TextRowsAsync(_sql.Known(there), cancellationToken, arrays))
        {
            if (row[2] == "true")
                several[row[1]!] = (row[0], row[3] == "true", row[4] == "true");
            else
                known.Add((row[0], row[1], false));
        }

        if (several.Count == 0)
            return known;
        var (query, rows) = (_sql.Query, new SampleBuffer());
        // A time that the original rounds, by a day at most, is refused later.
        var window = new SourceWindow(samples[0].Sample.Timestamp.UtcDateTime.AddDays(-1), samples[^1].Sample.Timestamp.UtcDateTime.AddDays(1), 0, 0, []);
        var reader = new OriginalReader(original, query, window.End);
        await reader.ReadAsync(window, [query.IsAt(several.Keys)], rows, cancellationToken);
        var equal = Enumerable.Range(0, rows.Count).Where(position => several[query.PlaceText(rows[position].Place)].IsEqual).ToHashSet();
        foreach (var choice in (await new MovedSample(target, reader).FindAsync(window, rows, equal, cancellationToken)).Values)
        {
            var place = query.PlaceText(rows[choice.Position].Place);
            known.Add((several[place].Position, place, false));
            several.Remove(place);
        }

        known.AddRange(several.Where(s => s.Value.Marks).Select(s => (s.Value.Position, (string?)s.Key, true)));
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
