using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Copy;

/// <summary>Puts judged samples into the hypertable, within the caller's transaction.</summary>
internal sealed class SampleWriter(NpgsqlConnection target, bool copy, ExtraColumns extras)
{
    private const int InsertRows = 5000;

    /// <returns>Rows written. Without COPY, a sample that is there already is left out; COPY fails.</returns>
    public async Task<int> WriteAsync(SampleBuffer rows, List<int> moved, CancellationToken cancellationToken)
    {
        if (!copy)
        {
            var written = 0;
            foreach (var part in moved.Chunk(InsertRows / (1 + extras.Count / 10)))
                written += await InsertAsync(rows, part, cancellationToken);
            return written;
        }

        await using var stream = await BinaryCopyWriter.BeginAsync(target, SampleTable.Name, LegacySampleColumns.Target + extras.Target, cancellationToken);
        foreach (var position in moved)
        {
            await stream.MakeRoomAsync(cancellationToken);
            Write(stream, in rows[position]);
            if (extras.Count > 0)
                await stream.WriteAsync(rows.Extras(position), cancellationToken);
        }

        await stream.CompleteAsync(cancellationToken);
        return moved.Count;
    }

    private void Write(BinaryCopyWriter stream, in EncodedSample row)
    {
        stream.StartRow((short)(EncodedSample.ColumnCount + extras.Count));
        stream.Write(row.InstanceId);
        for (var column = EncodedSample.Time; column <= EncodedSample.Deleted; column++)
        {
            if (row.IsNull(column) && column != EncodedSample.Received)
                stream.WriteNull();
            else
                stream.Write(Value(in row, column));
        }
    }

    private static long Value(in EncodedSample row, int column) => column switch
    {
        EncodedSample.Time => row.Timestamp,
        EncodedSample.Received => row.ReceivedAt,
        EncodedSample.Deleted => row.DeletedAt,
        _ => row.Bits(column),
    };

    // ON CONFLICT: nothing else writes these rows, but a repeated window must not fail.
    private async Task<int> InsertAsync(SampleBuffer rows, int[] moved, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"INSERT INTO resource_usage ({LegacySampleColumns.Target}{extras.Target}) SELECT {string.Join(", ", Enumerable.Range(0, EncodedSample.ColumnCount).Select(i => $"c{i}"))}"
            + $"{string.Concat(extras.Columns.Select((c, i) => $", c{EncodedSample.ColumnCount + i}::{c.Target.Type}"))} FROM unnest({string.Join(", ", Enumerable.Range(1, EncodedSample.ColumnCount + extras.Count).Select(i => $"${i}"))}) "
            + $"AS u({string.Join(", ", Enumerable.Range(0, EncodedSample.ColumnCount + extras.Count).Select(i => $"c{i}"))}) ON CONFLICT DO NOTHING", target);
        command.Parameters.Add(new() { Value = Array.ConvertAll(moved, p => rows[p].InstanceId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        for (var column = EncodedSample.Time; column <= EncodedSample.Deleted; column++)
        {
            var c = column;
            if (EncodedSample.IsFraction(column))
                Add(Array.ConvertAll(moved, p => rows[p].IsNull(c) ? (double?)null : rows[p].Fraction(c)), NpgsqlDbType.Double);
            else if (column is >= EncodedSample.FirstMeasure and < EncodedSample.Received)
                Add(Array.ConvertAll(moved, p => rows[p].IsNull(c) ? (long?)null : rows[p].Bits(c)), NpgsqlDbType.Bigint);
            else
                Add(Array.ConvertAll(moved, p => rows[p].IsNull(c) && c != EncodedSample.Received ? (DateTime?)null : Time(Value(in rows[p], c))), NpgsqlDbType.TimestampTz);
        }

        for (var column = 0; column < extras.Count; column++)
            Add(Array.ConvertAll(moved, p => ExtraColumns.Text(rows.Extras(p).Span, column)), NpgsqlDbType.Text);
        return await command.ExecuteNonQueryAsync(cancellationToken);

        void Add(object values, NpgsqlDbType type) => command.Parameters.Add(new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    private static DateTime Time(long value) =>
        value == long.MaxValue ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc) : value == long.MinValue ? SourceWindow.Outside : PostgresTime.ToDateTime(value);
}
