using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>A sample of the target that goes back.</summary>
/// <param name="Sample">Its identity and measures.</param>
/// <param name="Deleted">When it was marked as deleted; null for a live one.</param>
/// <param name="Extras">Texts of its <see cref="ExtraColumns"/>.</param>
internal sealed record BackSample(UsageSample Sample, DateTime? Deleted, string?[] Extras)
{
    private const int DeletedAt = 2 + Measures.Count;

    // What .NET can hold as a time, and what copy would take.
    private static readonly string Faults =
        $"""
        CASE WHEN "timestamp" NOT BETWEEN '1970-01-01' AND '2499-12-31' THEN 'its time is out of range'
             WHEN deleted_at NOT BETWEEN '1970-01-01' AND '9999-12-30' THEN 'deleted_at is out of range'
             {string.Join(' ', Measures.All.Where(m => m.IsFraction()).Select(m =>
                 $"WHEN NOT {m.Column()} BETWEEN 0 AND {m.Max():0} THEN '{m.Column()} is no number of {m.Unit()}: ' || {m.Column()}"))}
             WHEN least({string.Join(", ", Measures.All.Where(m => !m.IsFraction()).Select(m => m.Column()))}) < 0 THEN 'a measure is negative' END
        """;

    private const int Named = 3;

    /// <summary>
    /// Condition for a sample of the target to have come or changed since the cutover: by the target's clock, and by where what was moved ends, as that clock
    /// may have stood ahead at the cutover and have been set right since.
    /// </summary>
    public static string Since(DateTime cutover) =>
        $"(received_at >= {OriginalReader.Literal(cutover)} OR \"timestamp\" >= (SELECT coalesce(max(window_end), 'infinity') FROM migration_windows WHERE isfinite(window_start)))";

    /// <summary>About how much of a statement it is.</summary>
    public int Bytes => 100 + Extras.Sum(e => e?.Length ?? 0);

    /// <exception cref="RefusedException">Samples of the target cannot be what was measured, so no original is to hold them; nothing was written.</exception>
    public static async Task RequireSoundAsync(NpgsqlConnection target, string condition, CancellationToken cancellationToken)
    {
        var faults = await target.QueryAsync(
            $"""SELECT instance_id::text, "timestamp"::text, fault, count(*) OVER () FROM (SELECT *, {Faults} AS fault FROM resource_usage WHERE {condition}) s WHERE fault IS NOT NULL ORDER BY 1, 2 LIMIT {Named}""",
            r => (Sample: $"instance {r.GetString(0)} at {r.GetString(1)}: {r.GetString(2)}", Count: r.GetInt64(3)), cancellationToken);
        if (faults.Count > 0)
            throw new RefusedException(
                $"{faults[0].Count} samples of the target cannot be what was measured, and do not go back ({string.Join("; ", faults.Select(f => f.Sample))}"
                + $"{(faults[0].Count > Named ? "; …" : "")}). Nothing was written. Correct or delete them in the target's resource_usage, then run rollback --reverse-sync again.");
    }

    /// <summary>The SELECT that <see cref="Read"/> reads, by time: what is written together lies together in the original.</summary>
    public static string Select(ExtraColumns extras, string condition) =>
        $"SELECT {SampleTable.Columns}, deleted_at{string.Concat(extras.Columns.Select(c => $", {c.There(binary: false)}"))} FROM resource_usage WHERE {condition} ORDER BY \"timestamp\"";

    public static BackSample Read(NpgsqlDataReader reader) => new(
        new(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), SampleTable.Values(reader, 2)), reader.Value<DateTime>(DeletedAt),
        [.. Enumerable.Range(DeletedAt + 1, reader.FieldCount - DeletedAt - 1).Select(reader.Text)]);
}
