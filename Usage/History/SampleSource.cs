using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>How the samples of the database at hand are selected: the hypertable, or any generation of the original table.</summary>
internal sealed class SampleSource
{
    private readonly LegacySchema? _legacy;
    private volatile IReadOnlyList<RollupRow>? _rollups;

    private SampleSource(UsageDatabase database, LegacySchema instances, LegacySchema? legacy)
    {
        (Database, _legacy) = (database, legacy);
        LiveInstances = instances.Columns.ContainsKey("deleted_at") ? "i.deleted_at IS NULL" : "true";
        var hasLastSeen = instances.Columns.ContainsKey("clock_skew");
        LastSeenAt = hasLastSeen ? "i.last_seen_at" : "NULL::timestamptz";
        ClockSkew = hasLastSeen ? "extract(epoch FROM i.clock_skew)::double precision" : "NULL::double precision";
    }

    public UsageDatabase Database { get; }

    public bool HasRollups => _legacy is null;

    /// <summary>Whether this TimescaleDB notes what a refresh is about to materialize.</summary>
    public bool HasMaterializationRanges { get; private init; }

    /// <summary>What the last history has seen of the rollups; null before the first.</summary>
    public IReadOnlyList<RollupRow>? Rollups
    {
        get => _rollups;
        set => _rollups = value;
    }

    public string Table => Database.Table;

    /// <summary>Condition on <c>instances i</c>.</summary>
    public string LiveInstances { get; }

    /// <summary>Of <c>instances i</c>: when it was last seen.</summary>
    public string LastSeenAt { get; }

    /// <summary>Of <c>instances i</c>: its clock's skew in seconds.</summary>
    public string ClockSkew { get; }

    /// <summary>Condition on the sample table.</summary>
    public string Live => (Has("deleted_at") ? "deleted_at IS NULL" : "true") + (_legacy is null ? "" : $" AND {_legacy.HasTime}");

    /// <summary>The sample's time as timestamptz.</summary>
    public string Time => IsZoneless ? "(\"timestamp\" AT TIME ZONE 'UTC')" : "\"timestamp\"";

    /// <summary>When the sample was written last; NULL where this generation does not say.</summary>
    public string ReceivedAt => _legacy is null ? "received_at" : "NULL::timestamptz";

    /// <summary>The sample's time and measures, and of an original how many of them cannot be: a row of <see cref="Sample"/>.</summary>
    public string Columns =>
        $"{Time}, {string.Join(", ", Measures.All.Select(Column))}{(_legacy is null ? "" : $", {_legacy.InvalidValues} AS invalid")}";

    /// <summary>How many samples of parameter 1 have a time that cannot be.</summary>
    public string InvalidTimes => _legacy is null ? "0::bigint" : $"(SELECT count(*) FROM {Table} WHERE instance_id = $1 AND ({_legacy.HasTime}) IS NOT TRUE)";

    private bool IsZoneless => _legacy?.Columns["timestamp"].Type == "timestamp without time zone";

    /// <summary>Looks at the database.</summary>
    public static async Task<SampleSource> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var database = await UsageDatabase.DetectAsync(connection, cancellationToken);
        return new(
            database,
            await LegacySchema.ReadAsync(connection, "instances", cancellationToken),
            database.Schema == UsageSchema.Legacy ? await LegacySchema.ReadAsync(connection, database.Table, cancellationToken) : null)
        {
            HasMaterializationRanges = await connection.ScalarAsync<bool>(
                "SELECT to_regclass('_timescaledb_catalog.continuous_aggs_materialization_ranges') IS NOT NULL", cancellationToken),
        };
    }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static (DateTimeOffset Time, SampleValues Values) Sample(NpgsqlDataReader row)
    {
        const int Invalid = Measures.Count + 1;
        if (row.FieldCount > Invalid)
            ReadTelemetry.LeftOutValues(row.GetInt32(Invalid));
        return (row.GetFieldValue<DateTimeOffset>(0), SampleTable.Values(row, 1));
    }

    /// <summary>The parameter as the table keeps its times, so that its index serves.</summary>
    public string Instant(string parameter) => IsZoneless ? $"({parameter} AT TIME ZONE 'UTC')" : parameter;

    /// <summary>The measure; NULL where this generation has none, or where it cannot be.</summary>
    public string Column(Measure measure) => _legacy?.Value(measure) ?? measure.Column();

    /// <summary>Whether this generation has the column.</summary>
    public bool Has(string column) => _legacy is null || _legacy.Columns.ContainsKey(column);
}
