using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;
using Npgsql;
using UsageDatabase = LaunchStack.Usage.Database.UsageDatabase;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Writes samples to the original's table, whatever its columns are called and made of, a batch a transaction. A sample that is there
/// already is left alone, or raised, as parts of it arrived; one that the original would hold otherwise is refused.
/// </summary>
internal sealed class SampleBackWriter(NpgsqlConnection original, OriginalDatabase database, OriginalFacts facts)
{
    private const string Names = "instance_id, \"timestamp\", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out";

    private static readonly string[] Stamps = ["created_at", "updated_at"];

    private readonly SortedSet<string> _triggered = [];

    private OriginalTable Table => database.Samples;

    private OriginalColumn Instance => Table.Find("instance_id")!;

    private OriginalColumn Time => Table.Find("timestamp")!;

    private OriginalColumn? Deleted => Table.Find("deleted_at");

    /// <summary>Columns that a trigger of the original has changed.</summary>
    public IReadOnlySet<string> Triggered => _triggered;

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IEnumerable<string> Notes =>
        _triggered.Count == 0 ? [] : [$"{Table.Display}: triggers of the original have set {string.Join(", ", _triggered)} by themselves."];

    /// <summary>Writes what of these is not there as it should be.</summary>
    /// <returns>How many were written.</returns>
    /// <exception cref="RefusedException">The original does not take one, or would hold it otherwise; nothing of these was written.</exception>
    public async Task<int> WriteAsync(IReadOnlyList<UsageSample> samples, CancellationToken cancellationToken)
    {
        await using var transaction = await original.BeginTransactionAsync(cancellationToken);
        try
        {
            // Services that are on the original again look for what is there already, too.
            await original.ExecuteAsync(UsageDatabase.LegacyLock, cancellationToken);
            var triggers = new TriggerSuspension(original, transaction);
            var isExact = await triggers.SuspendAsync(Table, cancellationToken);
            var written = 0;
            await foreach (var row in original.TextRowsAsync(Statement(), cancellationToken, Arrays(samples)))
            {
                written++;
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
            if (samples.Count == 1)
                throw Refuse($"{samples[0].InstanceId} at {Shown(samples[0].Timestamp)}", PostgresErrors.Describe(error), error);
        }

        // Halves, until the one stands alone that is at fault.
        var half = samples.Count / 2;
        return await WriteAsync([.. samples.Take(half)], cancellationToken) + await WriteAsync([.. samples.Skip(half)], cancellationToken);
    }

    /// <summary>Marks samples as deleted; those that the original never had are not brought to it for that.</summary>
    /// <exception cref="RefusedException">It holds some of them, and cannot mark them.</exception>
    public async Task MarkDeletedAsync(IReadOnlyList<(Guid Instance, DateTime Time, DateTime Deleted)> samples, CancellationToken cancellationToken)
    {
        object[] values =
            [samples.Select(r => r.Instance).ToArray(), samples.Select(r => r.Time).ToArray(), samples.Select(r => r.Deleted).ToArray()];
        var there = $"unnest($1, $2, $3) i (instance_id, \"timestamp\", deleted_at) WHERE {There}";
        if (Deleted is null)
        {
            if (await original.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {Table.Quoted} s, {there})", cancellationToken, values))
                throw new RefusedException(
                    $"Samples were marked as deleted in the target since the cutover, and {Table.Display} of the original has no column deleted_at for that. "
                    + "What was written before stays. Delete them there, or add the column, then run rollback --reverse-sync again.");
            return;
        }

        await using var transaction = await original.BeginTransactionAsync(cancellationToken);
        var triggers = new TriggerSuspension(original, transaction);
        await triggers.SuspendAsync(Table, cancellationToken);
        await original.ExecuteAsync(
            $"UPDATE {Table.Quoted} s SET {Deleted.Quoted} = {To(Deleted, "i.deleted_at")} FROM {there}", cancellationToken, values);
        await triggers.RestoreAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Condition for a live sample <c>s</c> of the original to be <c>i</c>: plain columns by their own, so that an index serves.</summary>
    private string There =>
        (Instance.Kind == "uuid" ? $"s.{Instance.Quoted} = i.instance_id" : $"{Read(Instance, "uuid")} = i.instance_id") + " AND "
        + (Time.Kind.StartsWith("timestamp", StringComparison.Ordinal) ? $"s.{Time.Quoted} = {To(Time, "i.\"timestamp\"")}" : $"{Read(Time, "timestamptz")} = i.\"timestamp\"")
        + (Deleted is null ? "" : $" AND s.{Deleted.Quoted} IS NULL");

    // What is held is read as the move reads it, and compared with what was given.
    private string Statement()
    {
        var measures = Measures.All.Select(m => (Name: m.Column(), Type: m == Measure.CpuUsage ? "float8" : "int8", Column: Table.Find(m.Column())))
            .Where(m => m.Column is not null && !facts.Computed.Contains(m.Column.Name))
            .Select(m => (m.Name, m.Type, Column: m.Column!, Given: facts.NotNull.Contains(m.Column!.Name) ? $"coalesce(i.{m.Name}, 0)" : $"i.{m.Name}")).ToList();
        var (reads, raises) = (measures.ConvertAll(m => Read(m.Column, m.Type)), measures.ConvertAll(m => Raises(m.Name, m.Column, m.Type)));
        var held = $"{Read(Instance, "uuid")} AS instance_id, {Read(Time, "timestamptz")} AS \"timestamp\""
            + string.Concat(measures.Select((m, n) => $", {reads[n]} AS {m.Name}"));
        var columns = Filled().Concat(measures.Select(m => (m.Column, Value: To(m.Column, m.Given)))).ToList();
        var sets = measures.Select((m, n) => $"{m.Column.Quoted} = CASE WHEN {raises[n]} THEN {To(m.Column, $"i.{m.Name}")} ELSE s.{m.Column.Quoted} END");
        // What was greater there before stays.
        var differs = measures.Select(m =>
            $"WHEN h.{m.Name} IS DISTINCT FROM {m.Given} AND (coalesce(h.{m.Name} > {m.Given}, {m.Given} IS NULL) AND k.{m.Name} >= h.{m.Name}) IS NOT TRUE "
            + $"THEN ARRAY['{m.Name}', h.instance_id::text, h.\"timestamp\"::text, h.{m.Name}::text, {m.Given}::text]");
        return $"""
            WITH spelled AS MATERIALIZED ({Spelled}),
            incoming AS MATERIALIZED (
                SELECT u.*, coalesce(n.spelled, u.instance_id::text) AS spelled
                FROM unnest($1::uuid[], $2::timestamptz[], $3::float8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[])
                WITH ORDINALITY u ({Names}, position) LEFT JOIN spelled n ON n.id = u.instance_id),
            known AS MATERIALIZED (
                SELECT i.position{string.Concat(measures.Select((m, n) => $", max({reads[n]}) AS {m.Name}"))}
                FROM incoming i JOIN {Table.Quoted} s ON {There} GROUP BY 1),
            raised AS ({(measures.Count == 0 ? $"SELECT {held} FROM {Table.Quoted} s WHERE false" :
                $"UPDATE {Table.Quoted} s SET {string.Join(", ", sets)} FROM incoming i WHERE {There} AND ({string.Join(" OR ", raises)}) RETURNING {held}")}),
            written AS (
                INSERT INTO {Table.Quoted} AS s ({string.Join(", ", columns.Select(c => c.Column.Quoted))})
                SELECT {string.Join(", ", columns.Select(c => c.Value))} FROM incoming i WHERE position NOT IN (SELECT position FROM known)
                RETURNING {held}),
            held AS (SELECT * FROM raised UNION SELECT * FROM written)
            SELECT d.row[1], d.row[2], d.row[3], d.row[4], d.row[5]
            FROM incoming i LEFT JOIN known k USING (position) FULL JOIN held h ON h.instance_id = i.instance_id AND h."timestamp" = i."timestamp",
            LATERAL (SELECT CASE WHEN i.position IS NULL THEN ARRAY['timestamp', h.instance_id::text, h."timestamp"::text]
                     WHEN h.instance_id IS NULL THEN NULL {string.Join(' ', differs)} END) d (row)
            WHERE k.position IS NULL OR h.instance_id IS NOT NULL
            """;
    }

    /// <summary>The texts that the original itself calls instances by, whose foreign keys they meet.</summary>
    private string Spelled =>
        Instance.Kind == "text" && database.Relations.FirstOrDefault(r => r.TargetName == "instances") is { } instances && instances.Find("id") is { Kind: "text" } id
            ? $"SELECT {Read(id, "uuid")} AS id, min(s.{id.Quoted}::text) AS spelled FROM {instances.Quoted} s GROUP BY 1"
            : "SELECT NULL::uuid AS id, NULL::text AS spelled WHERE false";

    /// <summary>What is no measure; the server fills by itself what it can.</summary>
    private IEnumerable<(OriginalColumn Column, string Value)> Filled()
    {
        if (Table.Find("id") is { Kind: "uuid" or "text" } id && !facts.Filled.Contains(id.Name))
            yield return (id, To(id, "gen_random_uuid()"));
        yield return (Instance, Instance.Kind == "text" ? "i.spelled" : To(Instance, "i.instance_id"));
        yield return (Time, To(Time, "i.\"timestamp\""));
        if (Table.Find("memory_percentage") is { } percentage && !facts.Computed.Contains(percentage.Name))
            yield return (percentage, facts.NotNull.Contains(percentage.Name)
                ? "coalesce(i.memory_usage * 100.0 / nullif(i.memory_limit, 0), 0)" : "i.memory_usage * 100.0 / nullif(i.memory_limit, 0)");
        foreach (var stamp in Stamps.Select(Table.Find).OfType<OriginalColumn>())
        {
            if (!facts.Computed.Contains(stamp.Name) && (stamp.Kind is "date" or "text" || stamp.Kind.StartsWith("timestamp", StringComparison.Ordinal)))
                yield return (stamp, To(stamp, "now()"));
        }
    }

    private string Raises(string name, OriginalColumn column, string type) =>
        $"(i.{name} > {Read(column, type)} OR (i.{name} IS NOT NULL AND s.{column.Quoted} IS NULL))";

    private string Read(OriginalColumn column, string type) => LegacySampleCast.Of(column, type, database.Server).Value;

    // A float's digits are 15 for numeric unless they pass through text; a text's cast cuts nothing.
    private static string To(OriginalColumn column, string value) => column.Kind switch
    {
        "timestamp without time zone" => $"({value} AT TIME ZONE 'UTC')",
        "date" => $"({value} AT TIME ZONE 'UTC')::date",
        "numeric" => $"({value})::text::numeric",
        _ => $"({value})::{column.Kind}",
    };

    private void Check(string?[] row, string column, bool isExact)
    {
        var name = $"{row[1]} at {row[2]}";
        if (column == "timestamp")
            throw Refuse(name, $"this would be its time in the original, and is not ({Time.Display} is {Time.Type}{(isExact ? "" : "; a trigger may have set it")})");
        if (isExact)
            throw Refuse(name, $"the original would hold {row[3] ?? "null"} in {column} ({Table.Find(column)!.Type}), not {row[4] ?? "null"}");
        _triggered.Add(column);
    }

    private RefusedException Refuse(string sample, string why, Exception? error = null) => new(
        $"{Table.Display} of the original refuses a sample that came or changed after the cutover (instance {sample}): {why}. What was written before stays. "
        + (error is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation }
            ? "Insert into the target again what it names, or delete such samples there" : "Correct it in the target, or widen the original's column")
        + ", then run rollback --reverse-sync again.", error!);

    private static string Shown(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z";

    private static object[] Arrays(IReadOnlyList<UsageSample> samples)
    {
        return
        [
            samples.Select(s => s.InstanceId).ToArray(), samples.Select(s => s.Timestamp.UtcDateTime).ToArray(),
            samples.Select(s => s.CpuUsage).ToArray(), Sizes(s => s.MemoryUsage), Sizes(s => s.MemoryLimit), Sizes(s => s.DiskUsage),
            Sizes(s => s.NetworkIn), Sizes(s => s.NetworkOut),
        ];

        long?[] Sizes(Func<UsageSample, long?> size) => [.. samples.Select(size)];
    }
}
