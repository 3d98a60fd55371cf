using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>How the samples of the database at hand are selected: the hypertable, or any generation of the original table.</summary>
internal sealed class ReadingSchema
{
    private readonly LegacySchema? _original;

    private ReadingSchema(UsageDatabase database, LegacySchema? original, bool keepsDeletedInstances, bool notesSeen)
    {
        (Database, _original) = (database, original);
        LastSeen = notesSeen ? "i.last_seen_at, extract(epoch FROM i.clock_skew)::double precision" : "NULL::timestamptz, NULL::double precision";
        LiveInstances = keepsDeletedInstances ? "i.deleted_at IS NULL" : "true";
    }

    public UsageDatabase Database { get; }

    public bool HasRollups => _original is null;

    public string Table => Database.Table;

    /// <summary>Condition on <c>instances i</c>.</summary>
    public string LiveInstances { get; }

    /// <summary>Of <c>instances i</c>: when it was last seen, and its clock's skew in seconds.</summary>
    public string LastSeen { get; }

    /// <summary>Condition on the sample table.</summary>
    public string Live => Has("deleted_at") ? "deleted_at IS NULL" : "true";

    /// <summary>The sample's time as timestamptz.</summary>
    public string Time => IsZoneless ? "(\"timestamp\" AT TIME ZONE 'UTC')" : "\"timestamp\"";

    private bool IsZoneless => _original?.Columns["timestamp"].Type == "timestamp without time zone";

    public static async Task<ReadingSchema> DetectAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        var database = await UsageDatabase.DetectAsync(dataSource, cancellationToken);
        var instances = await LegacySchema.ReadAsync(dataSource, "instances", cancellationToken);
        var original = database.Schema == UsageSchema.Legacy
            ? await LegacySchema.ReadAsync(dataSource, database.Table, cancellationToken)
            : null;
        return new(database, original, instances.Columns.ContainsKey("deleted_at"), instances.Columns.ContainsKey("clock_skew"));
    }

    /// <summary>The parameter as the table keeps its times, so that its index serves.</summary>
    public string Instant(string parameter) => IsZoneless ? $"({parameter} AT TIME ZONE 'UTC')" : parameter;

    /// <summary>The measure, or a null of its type where this generation lacks it.</summary>
    public string Measure(string column) =>
        Has(column) ? column : column == "cpu_usage" ? "NULL::double precision" : "NULL::bigint";

    private bool Has(string column) => _original is null || _original.Columns.ContainsKey(column);
}
