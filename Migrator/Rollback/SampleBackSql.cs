using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Migrator.Rollback;

/// <summary>The statements of <see cref="SampleBackWriter"/>, whatever the original's columns are called and made of. Their parameters begin with <see cref="Arrays"/>.</summary>
internal sealed class SampleBackSql(OriginalDatabase database, OriginalFacts facts, ExtraColumns extras)
{
    private static readonly string[] Stamps = ["created_at", "updated_at"];

    private readonly StandIns _standIns = new(database.Samples, facts, extras);

    /// <summary>How the move reads them.</summary>
    public LegacySampleQuery Query { get; } = database.SampleQuery(extras);

    private OriginalTable Table => database.Samples;

    public OriginalColumn Instance => Table.Find("instance_id")!;

    public OriginalColumn Time => Table.Find("timestamp")!;

    /// <summary>The mark as deleted, where it can be set.</summary>
    public OriginalColumn? Deleted => Table.Find("deleted_at") is { } deleted && !facts.Computed.Contains(deleted.Name) ? deleted : null;

    /// <summary>Measures that the original computes by itself.</summary>
    public IReadOnlyList<(OriginalColumn Column, Measure Measure)> Computed { get; } =
        [.. Measures.All.Select(m => (database.Samples.Find(m.Column())!, m)).Where(m => facts.Ours.Contains(m.Item1))];

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IEnumerable<string> Notes => _standIns.Notes;

    /// <summary>How the original's texts spell ids; null until it is known, and where they are none.</summary>
    public UuidSpelling? Spelling { get; set; }

    /// <summary>The samples as the statements take them.</summary>
    public object[] Arrays(IReadOnlyList<BackSample> rows)
    {
        var samples = rows.Select(r => r.Sample).ToList();
        return
        [
            samples.Select(s => s.InstanceId).ToArray(), samples.Select(s => s.Timestamp.UtcDateTime).ToArray(),
            .. Measures.All.Select(m => m.IsFraction() ? (object)samples.Select(s => s.Values.GetFraction(m)).ToArray() : samples.Select(s => s.Values.Get(m)).ToArray()),
            rows.Select(r => r.Deleted).ToArray(), .. Enumerable.Range(0, extras.Count).Select(n => rows.Select(r => r.Extras[n]).ToArray()),
        ];
    }

    /// <summary>
    /// Condition for a sample <c>s</c>, live or not, of the original to be <c>i</c>, which is one of these, by time: plain columns by their own, so that
    /// an index serves, and within their times, so that a table without one is read, not hashed.
    /// </summary>
    public string There(IReadOnlyList<BackSample> samples)
    {
        var instance = Instance.Kind == "uuid" ? $"s.{Instance.Quoted} = i.instance_id" : $"{Read(Instance, "uuid")} = i.instance_id";
        if (!Time.Kind.StartsWith("timestamp", StringComparison.Ordinal))
            return $"{instance} AND {Read(Time, "timestamptz")} = i.\"timestamp\"";
        var (first, last) = (samples[0].Sample.Timestamp, samples[^1].Sample.Timestamp);
        return $"{instance} AND s.{Time.Quoted} = {To(Time, "i.\"timestamp\"")} "
            + $"AND s.{Time.Quoted} BETWEEN {To(Time, OriginalReader.Literal(first.UtcDateTime))} AND {To(Time, OriginalReader.Literal(last.UtcDateTime))}";
    }

    private string IsLive => Deleted is null ? "true" : $"s.{Deleted.Quoted} IS NULL";

    /// <summary>
    /// Every column that has a value of the target's: its value over <c>s</c>, what it is to be over <c>i</c>, both comparable, and how that
    /// is written. Where the original has to have a value, nothing known is no value.
    /// </summary>
    private IEnumerable<(OriginalColumn Column, string Held, string Given, string New, string Changed)> Values()
    {
        foreach (var measure in Measures.All)
        {
            if (Table.Find(measure.Column()) is not { } column || facts.Computed.Contains(column.Name))
                continue;
            var given = facts.NotNull.Contains(column.Name) ? $"coalesce(i.{measure.Column()}, 0)" : $"i.{measure.Column()}";
            yield return (column, Read(column, measure.SqlType()), given, To(column, given), To(column, given));
        }

        if (Deleted is { } deleted)
            yield return (deleted, Read(deleted, "timestamptz"), "i.deleted_at", To(deleted, "i.deleted_at"), To(deleted, "i.deleted_at"));
        foreach (var (extra, n) in extras.Columns.Select((c, n) => (c, n)))
        {
            var (name, value) = (extra.Column.Name, RelationBackWriter.Cast(extra.Target, $"i.e{n}"));
            var held = $"s.{extra.Column.Quoted}::text";
            yield return (
                extra.Column, held, $"CASE WHEN i.e{n} IS NULL AND {_standIns.Condition(extra.Column, held)} THEN {held} ELSE i.e{n} END",
                facts.Defaults.TryGetValue(name, out var filled) ? $"CASE WHEN i.e{n} IS NULL THEN {RelationBackWriter.Cast(extra.Target, $"({filled})")} ELSE {value} END" : value, value);
        }
    }

    /// <summary>
    /// Further columns that an INSERT leaves to the original: a view does not say what the table beneath takes no NULL in, nor what it gives
    /// instead. Where only some of a batch have a value and the others are refused for that, halves of it are tried.
    /// </summary>
    public HashSet<string> Left(IReadOnlyList<BackSample> samples) => Table.HasIndexes
        ? []
        : [.. extras.Columns.Where((_, n) => samples.All(s => s.Extras[n] is null)).Select(c => c.Column.Name)];

    private string Incoming
    {
        get
        {
            var types = LegacySampleColumns.Types[..EncodedSample.Received].Append("timestamptz").Concat(extras.Columns.Select(_ => "text"));
            return $"""
                WITH spelled AS MATERIALIZED ({Spelled}),
                incoming AS MATERIALIZED (
                    SELECT u.*, coalesce(n.spelled, {Spelling?.Text("u.instance_id") ?? "NULL"}) AS spelled
                    FROM unnest({string.Join(", ", types.Select((type, n) => $"${n + 1}::{type}[]"))})
                    WITH ORDINALITY u ({SampleTable.Columns}, deleted_at{string.Concat(extras.Columns.Select((_, n) => $", e{n}"))}, position) LEFT JOIN spelled n ON n.id = u.instance_id)
                """;
        }
    }

    private string Same => string.Join(" AND ", Values().Select(v => $"{v.Held} IS NOT DISTINCT FROM {v.Given}").DefaultIfEmpty("true"));

    /// <summary>
    /// Rows of those that are there already: position, place, whether there are several of its instant, whether it is live and to be marked as deleted, and
    /// whether it is as it should be. Without a place of its own a single one needs none.
    /// </summary>
    /// <param name="there">From <see cref="There"/>.</param>
    public string Known(string there) =>
        $"""
        {Incoming} SELECT i.position::text, ({(Table.IsPlain ? Place : $"CASE WHEN count(*) OVER of > 1 THEN {Place} END")})::text, (count(*) OVER of > 1)::text,
            (i.deleted_at IS NOT NULL AND {IsLive})::text, ({Same})::text
        FROM incoming i JOIN {Table.Quoted} s ON {there} WINDOW of AS (PARTITION BY i.position)
        """;

    /// <summary>Of how many live ones each of the <see cref="Computed"/> would be another value than the target's; what it is computed by nobody says beneath a view.</summary>
    public string ComputedOtherwise()
    {
        var values = Filled().Concat(Values().Select(v => (v.Column, Value: v.New))).ToList();
        values.AddRange(Table.Columns.Where(c => !facts.Computed.Contains(c.Name) && values.TrueForAll(v => v.Column != c)).Select(c => (c, $"NULL::{c.Type}")));
        return $"""
            {Incoming}
            SELECT {string.Join(", ", Computed.Select((c, n) => $"count(*) FILTER (WHERE s.given{n} IS NOT NULL AND {Read(c.Column, c.Measure.SqlType())} IS DISTINCT FROM s.given{n})"))}
            FROM (SELECT {string.Join(", ", Computed.Select((c, n) => $"ls_given{n} AS given{n}, ({facts.Expressions.GetValueOrDefault(c.Column.Name, "NULL")})::{c.Column.Type} AS {c.Column.Quoted}"))}
                  FROM (SELECT {string.Join(", ", values.Select(v => $"{v.Value} AS {v.Column.Quoted}").Concat(Computed.Select((c, n) => $"i.{c.Measure.Column()} AS ls_given{n}")))}
                        FROM incoming i WHERE i.deleted_at IS NULL) g) s
            """;
    }

    /// <param name="left">Columns that the original fills by itself.</param>
    /// <param name="there">From <see cref="There"/>.</param>
    /// <param name="parameters">How many there are; the last three are what was known: positions, places, and whether only the mark as deleted is to be written.</param>
    // What is held is read as the move reads it, and compared with what was given.
    public string Statement(HashSet<string> left, string there, int parameters)
    {
        var values = Values().ToList();
        var held = $"{Read(Instance, "uuid")} AS instance_id, {Read(Time, "timestamptz")} AS \"timestamp\"" + string.Concat(values.Select((v, n) => $", {v.Held} AS v{n}"));
        var columns = Filled().Concat(values.Where(v => !left.Contains(v.Column.Name)).Select(v => (v.Column, Value: v.New))).ToList();
        var sets = values.Select(v => $"{v.Column.Quoted} = CASE WHEN {IsWritten(v.Column, "k")} AND {v.Held} IS DISTINCT FROM {v.Given} THEN {v.Changed} ELSE s.{v.Column.Quoted} END");
        var chosen = Table.IsPlain ? $"{Place} = ANY(${parameters - 1}::text[]::tid[]) AND {Place} = k.place" : $"(k.place IS NULL OR {Place} = k.place)";
        // What only the original has by itself was not given.
        var differs = values.Select((v, n) =>
            $"WHEN {IsWritten(v.Column, "h")} AND h.v{n} IS DISTINCT FROM {v.Given.Replace($"s.{v.Column.Quoted}::text", $"h.v{n}", StringComparison.Ordinal)} "
            + $"THEN ARRAY[{OriginalTable.Literal(v.Column.Name)}, h.instance_id::text, h.\"timestamp\"::text, h.v{n}::text, ({v.Given.Replace($"s.{v.Column.Quoted}::text", $"h.v{n}", StringComparison.Ordinal)})::text]");
        return $"""
            {Incoming},
            known AS MATERIALIZED (
                SELECT * FROM unnest(${parameters - 2}::text[]::int8[], ${parameters - 1}::text[]::{(Table.IsPlain ? "tid" : "int8")}[], ${parameters}::bool[]) k (position, place, marks)),
            changed AS ({(values.Count == 0 ? $"SELECT {held}, false AS marks FROM {Table.Quoted} s WHERE false" :
                $"UPDATE {Table.Quoted} s SET {string.Join(", ", sets)} FROM incoming i JOIN known k USING (position) WHERE {there} AND {chosen} AND (k.marks OR NOT ({Same})) RETURNING {held}, k.marks")}),
            written AS (
                INSERT INTO {Table.Quoted} AS s ({string.Join(", ", columns.Select(c => c.Column.Quoted))})
                SELECT {string.Join(", ", columns.Select(c => c.Value))} FROM incoming i WHERE i.deleted_at IS NULL AND position NOT IN (SELECT position FROM known)
                RETURNING {held}, false AS marks),
            held AS (SELECT * FROM changed UNION SELECT * FROM written)
            SELECT d.row[1], d.row[2], d.row[3], d.row[4], d.row[5], i.deleted_at::text
            FROM incoming i LEFT JOIN known k USING (position) FULL JOIN held h ON h.instance_id = i.instance_id AND h."timestamp" = i."timestamp",
            LATERAL (SELECT CASE WHEN i.position IS NULL THEN ARRAY['timestamp', h.instance_id::text, h."timestamp"::text]
                     WHEN h.instance_id IS NULL THEN NULL {string.Join(' ', differs)} END) d (row)
            WHERE (k.position IS NULL AND i.deleted_at IS NULL) OR h.instance_id IS NOT NULL
            """;
    }

    /// <summary>The texts that the original itself calls instances by, whose foreign keys they meet.</summary>
    private string Spelled => Spelling is { AsNamed: true } && NamedByText is { } instances && instances.Find("id") is { } id
        ? $"SELECT {Read(id, "uuid")} AS id, min(s.{id.Quoted}::text) AS spelled FROM {instances.Quoted} s GROUP BY 1"
        : "SELECT NULL::uuid AS id, NULL::text AS spelled WHERE false";

    /// <summary>The original's instances, where their ids are text.</summary>
    public OriginalTable? NamedByText => database.Relations.FirstOrDefault(r => r.TargetName == "instances" && r.Find("id") is { Kind: "text" });

    /// <summary>What is no measure; the server fills by itself what it can.</summary>
    private IEnumerable<(OriginalColumn Column, string Value)> Filled()
    {
        if (Table.Find("id") is { Kind: "uuid" or "text" } id && !facts.Filled.Contains(id.Name))
            yield return (id, To(id, "gen_random_uuid()"));
        yield return (Instance, Instance.Kind == "text" ? "i.spelled" : To(Instance, "i.instance_id"));
        yield return (Time, To(Time, "i.\"timestamp\""));
        if (Table.Find("memory_percentage") is { } percentage && !facts.Computed.Contains(percentage.Name))
        {
            var share = Measures.MemoryPercentageSql("i.memory_usage", "i.memory_limit");
            yield return (percentage, facts.NotNull.Contains(percentage.Name) ? $"coalesce({share}, 0)" : share);
        }

        foreach (var stamp in Stamps.Select(Table.Find).OfType<OriginalColumn>())
        {
            if (!facts.Computed.Contains(stamp.Name) && (stamp.Kind is "date" or "text" || stamp.Kind.StartsWith("timestamp", StringComparison.Ordinal)))
                yield return (stamp, To(stamp, "now()"));
        }
    }

    /// <summary>Condition for a column to be written: of a row that only gets the mark as deleted, no other.</summary>
    private string IsWritten(OriginalColumn column, string row) => column.Name == Deleted?.Name ? "true" : $"NOT {row}.marks";

    private string Place => Query.Place;

    private string Read(OriginalColumn column, string type) => LegacySampleCast.Of(column, type, database.Server).Value;

    // A float's digits are 15 for numeric unless they pass through text; a text's cast cuts nothing.
    private static string To(OriginalColumn column, string value) => column.Kind switch
    {
        "timestamp without time zone" => $"({value} AT TIME ZONE 'UTC')",
        "date" => $"({value} AT TIME ZONE 'UTC')::date",
        "numeric" => $"({value})::text::numeric",
        _ => $"({value})::{column.Kind}",
    };
}
