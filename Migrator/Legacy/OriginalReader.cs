using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Reads windows of the original over one connection.</summary>
internal sealed class OriginalReader(NpgsqlConnection connection, LegacySampleQuery query, DateTime latest)
{
    public OriginalTable Table => query.Table;

    /// <summary>What is read besides our columns.</summary>
    public ExtraColumns Extras => query.Extras;

    public Task ReadAsync(SourceWindow window, SampleBuffer rows, CancellationToken cancellationToken) =>
        ReadAsync(window, window.IsGone ? [] : window.Blocks.Count == 0 ? ["true"] : [.. window.Blocks.Select(SourceScan.InBlocks)], rows, cancellationToken);

    /// <summary>Those rows of the window that one of <paramref name="conditions"/>, which exclude each other, chooses.</summary>
    public async Task ReadAsync(SourceWindow window, IReadOnlyList<string> conditions, SampleBuffer rows, CancellationToken cancellationToken)
    {
        rows.Clear();
        var time = window.IsOutside
            ? $"({query.Time} >= {Literal(LegacySampleRules.Earliest)} AND {query.Time} < {Literal(latest)}) IS NOT TRUE"
            : $"{query.Time} >= {Literal(window.Start)} AND {query.Time} < {Literal(window.End)}";
        foreach (var condition in conditions)
            await LegacySampleReader.ReadAsync(connection, query.Select($"{condition} AND {time}"), copy: true, rows, cancellationToken);
    }

    /// <summary>Whole rows as JSON, in the order of <paramref name="positions"/>.</summary>
    public async Task<string?[]> RowsAsync(SampleBuffer rows, IReadOnlyList<int> positions, CancellationToken cancellationToken)
    {
        if (!query.ByPlace)
            return [.. positions.Select(position => rows[position].Json)];

        var found = new Dictionary<NpgsqlTid, string>();
        var places = positions.Select(position => Place(rows[position].Place)).ToArray();
        foreach (var part in places.Chunk(5000))
        {
            var whole = await connection.QueryAsync(
                $"SELECT ctid, row_to_json(s.*)::text FROM {query.Table.Quoted} s WHERE ctid = ANY($1::text[]::tid[])",
                r => (Place: r.GetFieldValue<NpgsqlTid>(0), Json: r.GetString(1)), cancellationToken, (object)Array.ConvertAll(part, tid => tid.ToString()));
            foreach (var (place, json) in whole)
                found[place] = json;
        }

        return [.. places.Select(place => found[place])];
    }

    public static string Literal(DateTime time) => $"'{time:yyyy-MM-dd HH:mm:ss.ffffff}+00'::timestamptz";

    private static NpgsqlTid Place(long place) => new((uint)(place >> 16), (ushort)place);
}
