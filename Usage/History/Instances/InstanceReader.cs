using System.Globalization;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.History;

/// <summary>Reads the list of instances, page by page.</summary>
internal sealed class InstanceReader(NpgsqlConnection connection, SampleSource source)
{
    private const int FirstMeasure = 9;

    // Several times any agent's interval; last_seen_at is kept to the minute.
    private const string Quiet = "interval '3 minutes'";

    public async Task<InstancePage> ReadAsync(InstanceQuery query, CancellationToken cancellationToken)
    {
        var order = query.Order;
        var (key, type) = Key(order.Sort);
        // One more than the page tells whether another follows.
        var rows = await connection.QueryAsync(
            $"""
            WITH sorted AS MATERIALIZED (
                SELECT i.id, i.name, i.status, i.user_id, {source.LastSeenAt} AS last_seen_at, {source.ClockSkew}, {key} AS key FROM instances i
                WHERE {source.LiveInstances} AND ($1::text IS NULL OR strpos(lower(i.name), lower($1)) > 0)
                  AND ($2::text IS NULL OR i.status = $2) AND ($3::uuid IS NULL OR i.user_id = $3) AND ($4::uuid IS NULL OR i.id = $4)
                  AND ($8::text IS NULL OR {Liveness("i.status", source.LastSeenAt, Newest(source.Time))} = $8)),
            page AS MATERIALIZED (
                SELECT * FROM sorted WHERE {After(query)} ORDER BY {OrderBy(order)} LIMIT $5)
            SELECT p.*, {Liveness("p.status", "p.last_seen_at", "s.sampled_at")}, s.* FROM page p LEFT JOIN LATERAL (
                SELECT {source.Columns} FROM {source.Table} WHERE instance_id = p.id AND {source.Live} ORDER BY "timestamp" DESC LIMIT 1) s(sampled_at) ON true
            ORDER BY {OrderBy(order)}
            """,
            row => (Summary: Read(row), Key: row.IsDBNull(6) ? null : Convert.ToString(row.GetValue(6), CultureInfo.InvariantCulture)),
            cancellationToken,
            Parameter(NpgsqlDbType.Text, query.Search), Parameter(NpgsqlDbType.Text, query.State), Parameter(NpgsqlDbType.Uuid, query.User),
            Parameter(NpgsqlDbType.Uuid, query.Only), query.Limit + 1, Parameter(NpgsqlDbType.Uuid, query.After?.Id), Parameter(type, Value(query.After?.Value, type)),
            Parameter(NpgsqlDbType.Text, query.Liveness));
        var page = rows.Take(query.Limit).ToList();
        return new(
            page.ConvertAll(row => row.Summary),
            rows.Count > page.Count && page.Count > 0 ? new(order, page[^1].Key, page[^1].Summary.InstanceId) : null);
    }

    private static InstanceSummary Read(NpgsqlDataReader row)
    {
        var summary = new InstanceSummary(
            row.GetGuid(0), row.Text(1) ?? "", row.Text(2), row.GetString(7), row.Value<Guid>(3), row.Value<DateTimeOffset>(FirstMeasure - 1), row.Value<DateTimeOffset>(4),
            row.Value<double>(5));
        if (summary.LastSampleAt is null)
            return summary;
        var values = SampleTable.Values(row, FirstMeasure);
        return summary with
        {
            CpuUsage = values.CpuUsage,
            MemoryUsage = values.MemoryUsage,
            MemoryLimit = values.MemoryLimit,
            MemoryPercentage = Measures.MemoryPercentage(values.MemoryUsage, values.MemoryLimit),
            DiskUsage = values.DiskUsage,
            NetworkIn = values.NetworkIn,
            NetworkOut = values.NetworkOut,
        };
    }

    // Null everywhere in order of id, so that the id alone decides. Of a name as much as fits into the address of the next page.
    private (string Expression, NpgsqlDbType Type) Key(InstanceSort sort) => sort switch
    {
        InstanceSort.Id => ("NULL::bigint", NpgsqlDbType.Bigint),
        InstanceSort.Name => ("left(lower(i.name), 200)", NpgsqlDbType.Text),
        InstanceSort.LastSeen => ($"(extract(epoch FROM coalesce({source.LastSeenAt}, {Newest(source.Time)})) * 1000000)::bigint", NpgsqlDbType.Bigint),
        InstanceSort.CpuUsage => (Newest(source.Column(Measure.CpuUsage)), NpgsqlDbType.Double),
        InstanceSort.MemoryUsage => (Newest(source.Column(Measure.MemoryUsage)), NpgsqlDbType.Bigint),
        InstanceSort.MemoryPercentage => (
            Newest($"({Measures.MemoryPercentageSql(source.Column(Measure.MemoryUsage), source.Column(Measure.MemoryLimit))})::float8"),
            NpgsqlDbType.Double),
        InstanceSort.DiskUsage => (Newest(source.Column(Measure.DiskUsage)), NpgsqlDbType.Bigint),
        _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "There is no such order."),
    };

    // As registered, except that one that should be running is what was heard of it.
    private static string Liveness(string status, string seen, string sampled) =>
        $"""
        CASE WHEN nullif(lower({status}), '') NOT IN ('running', 'active') THEN {status} WHEN coalesce({seen}, {sampled}) IS NULL THEN 'new'
        WHEN coalesce({seen}, {sampled}) >= now() - {Quiet} THEN 'running' ELSE 'silent' END
        """;

    private string Newest(string expression) =>
        $"(SELECT {expression} FROM {source.Table} WHERE instance_id = i.id AND {source.Live} ORDER BY \"timestamp\" DESC LIMIT 1)";

    private static string OrderBy(InstanceOrder order) => $"key {(order.Descending ? "DESC" : "ASC")} NULLS LAST, id";

    private static string After(InstanceQuery query) => query.After switch
    {
        null => "$6 IS NULL AND $7 IS NULL",
        { Value: null } => "key IS NULL AND id > $6 AND $7 IS NULL",
        _ => $"(key {(query.Order.Descending ? "<" : ">")} $7 OR key IS NULL OR (key = $7 AND id > $6))",
    };

    private static object? Value(string? text, NpgsqlDbType type) => text is null ? null : type switch
    {
        NpgsqlDbType.Text => text,
        NpgsqlDbType.Double => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        _ => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
    };

    private static NpgsqlParameter Parameter(NpgsqlDbType type, object? value) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
