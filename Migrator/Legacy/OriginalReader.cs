using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Reads windows of the original over one connection.</summary>
internal sealed class OriginalReader(NpgsqlConnection connection, LegacySampleQuery query, DateTime latest)
{
    private const int MaxPlaces = 5000;

    public OriginalTable Table => query.Table;

    /// <summary>What is read besides our columns.</summary>
    public ExtraColumns Extras => query.Extras;

    public Task ReadAsync(SourceWindow window, SampleBuffer rows, CancellationToken cancellationToken)
    {
        rows.Clear(window.Rows);
        return AddAsync(window, window.IsGone ? [] : Places(window), rows, cancellationToken);
    }

    /// <summary>
    /// What is read at once of a window (<see cref="SourceWindow.Parts"/>). One of much more than a part is cut where its bytes lie, since values of
    /// megabytes may come in bursts: cuts that are even in time would leave most of them in one part.
    /// </summary>
    public async Task<IReadOnlyList<SourceWindow>> PartsAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        if (window.IsOutside || window.IsGone || window.Bytes <= 2 * SourceScan.WindowBytes)
            return window.Parts;
        var cuts = await connection.QueryAsync(
            $"""
            SELECT min(time) FROM (
                SELECT time, div(sum(bytes) OVER (ORDER BY time) - 1, {SourceScan.WindowBytes}) AS part
                FROM (SELECT {query.Time} AS time, {SourceScan.RowBytes} * count(*) + {query.ExtraBytes} AS bytes
                      FROM {query.Table.Quoted} s WHERE ({string.Join(" OR ", Places(window))}) AND {Time(window)} GROUP BY 1) instants) cut
            GROUP BY part ORDER BY 1 OFFSET 1
            """, row => row.GetDateTime(0), cancellationToken);
        return (window with { Cuts = cuts }).Parts;
    }

    /// <summary>Those rows of the window that one of <paramref name="conditions"/>, which exclude each other, chooses.</summary>
    public Task ReadAsync(SourceWindow window, IReadOnlyList<string> conditions, SampleBuffer rows, CancellationToken cancellationToken)
    {
        rows.Clear();
        return AddAsync(window, conditions, rows, cancellationToken);
    }

    /// <summary>Rows of the window that were read, whole as JSON in UTF-8, in any order.</summary>
    /// <param name="window">The window.</param>
    /// <param name="rows">What was read.</param>
    /// <param name="positions">Which of them.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RefusedException">The original has other rows at each reading.</exception>
    public async IAsyncEnumerable<(int Position, byte[] Json)> RowsAsync(
        SourceWindow window, SampleBuffer rows, IReadOnlyCollection<int> positions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Without places each statement is a scan.
        foreach (var part in positions.Chunk(query.ByPlace ? MaxPlaces : int.MaxValue))
        {
            Array.Sort(part, (left, right) => rows[left].Place.CompareTo(rows[right].Place));
            var places = Array.ConvertAll(part, position => rows[position].Place);
            var given = new bool[part.Length];
            await using var command = query.SelectWhole(Time(window), places, connection);
            await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var (place, json) = (query.ReadPlace(reader), reader.Utf8(1)!);
                var at = Array.BinarySearch(places, place);
                while (at > 0 && places[at - 1] == place)
                    at--;
                // Rows that are the same in everything have one text, however often it comes.
                for (; at >= 0 && at < part.Length && places[at] == place && !given[at]; at++)
                {
                    given[at] = true;
                    yield return (part[at], json);
                }
            }

            if (given.Contains(false))
                throw new RefusedException(
                    $"{query.Table.Display} of the original holds other rows each time it is read: a view with random() or a clock in it. Offer one that gives the same ones.");
        }
    }

    private async Task AddAsync(SourceWindow window, IReadOnlyList<string> conditions, SampleBuffer rows, CancellationToken cancellationToken)
    {
        foreach (var condition in conditions)
            await LegacySampleReader.ReadAsync(connection, query.Select($"{condition} AND {Time(window)}"), copy: true, rows, cancellationToken);
    }

    private static IReadOnlyList<string> Places(SourceWindow window) =>
        window.Blocks.Count == 0 ? ["true"] : [.. window.Blocks.Select(SourceScan.InBlocks)];

    private string Time(SourceWindow window) => window.IsOutside
        ? $"({query.Time} >= {Literal(LegacySampleRules.Earliest)} AND {query.Time} < {Literal(latest)}) IS NOT TRUE"
        : $"{query.Time} >= {Literal(window.Start)} AND {query.Time} < {Literal(window.End)}";

    public static string Literal(DateTime time) => $"'{time:yyyy-MM-dd HH:mm:ss.ffffff}+00'::timestamptz";
}
