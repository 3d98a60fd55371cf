using System.Buffers.Binary;
using LaunchStack.Migrator.Legacy;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Copy;

/// <summary>Puts judged samples into the hypertable, within the caller's transaction.</summary>
internal sealed class SampleWriter(NpgsqlConnection target, bool copy, ExtraColumns extras)
{
    private static readonly byte[] Head = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // Two bytes of column count, ten lengths, 16 bytes of uuid, nine values of 8 bytes.
    private const int LargestRow = 2 + 10 * 4 + 16 + 9 * 8;
    private const int InsertRows = 5000;

    private readonly byte[] _buffer = new byte[128 * 1024];

    /// <returns>Rows written. Without COPY, a sample that is there already is left out; COPY fails.</returns>
    public async Task<int> WriteAsync(SampleBuffer rows, List<int> moved, CancellationToken cancellationToken)
    {
        if (moved.Count == 0)
            return 0;
        if (!copy)
        {
            var written = 0;
            foreach (var part in moved.Chunk(InsertRows / (1 + extras.Count / 10)))
                written += await InsertAsync(rows, part, cancellationToken);
            return written;
        }

        await using var stream = await target.BeginRawBinaryCopyAsync(
            $"COPY resource_usage ({LegacySampleColumns.Target}{extras.Target}) FROM STDIN (FORMAT binary)", cancellationToken);
        Head.CopyTo(_buffer, 0);
        var filled = Head.Length;
        foreach (var position in moved)
        {
            if (_buffer.Length - filled < LargestRow)
            {
                await stream.WriteAsync(_buffer.AsMemory(0, filled), cancellationToken);
                filled = 0;
            }

            filled += Encode(in rows[position], extras.Count, _buffer.AsSpan(filled));
            if (extras.Count > 0)
                filled = await AppendAsync(stream, rows.Extras(position), filled, cancellationToken);
        }

        if (_buffer.Length - filled < 2)
        {
            await stream.WriteAsync(_buffer.AsMemory(0, filled), cancellationToken);
            filled = 0;
        }

        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(filled), -1);
        await stream.WriteAsync(_buffer.AsMemory(0, filled + 2), cancellationToken);
        return moved.Count;
    }

    private async ValueTask<int> AppendAsync(Stream stream, ReadOnlyMemory<byte> fields, int filled, CancellationToken cancellationToken)
    {
        if (_buffer.Length - filled < fields.Length)
        {
            await stream.WriteAsync(_buffer.AsMemory(0, filled), cancellationToken);
            filled = 0;
            if (fields.Length > _buffer.Length)
            {
                await stream.WriteAsync(fields, cancellationToken);
                return 0;
            }
        }

        fields.CopyTo(_buffer.AsMemory(filled));
        return filled + fields.Length;
    }

    private static int Encode(in SampleRow row, int extras, Span<byte> to)
    {
        BinaryPrimitives.WriteInt16BigEndian(to, (short)(10 + extras));
        BinaryPrimitives.WriteInt32BigEndian(to[2..], 16);
        row.InstanceId.TryWriteBytes(to[6..], bigEndian: true, out _);
        var at = 22;
        for (var column = SampleRow.Time; column <= SampleRow.Deleted; column++)
        {
            if (row.IsNull(column) && column != SampleRow.Received)
            {
                BinaryPrimitives.WriteInt32BigEndian(to[at..], -1);
                at += 4;
                continue;
            }

            BinaryPrimitives.WriteInt32BigEndian(to[at..], 8);
            BinaryPrimitives.WriteInt64BigEndian(to[(at + 4)..], column == SampleRow.Cpu ? BitConverter.DoubleToInt64Bits(row.CpuUsage) : Value(in row, column));
            at += 12;
        }

        return at;
    }

    private static long Value(in SampleRow row, int column) => column switch
    {
        SampleRow.Time => row.Timestamp,
        SampleRow.Received => row.ReceivedAt,
        SampleRow.Deleted => row.DeletedAt,
        _ => row.Size(column),
    };

    // ON CONFLICT: nothing else writes these rows, but a repeated window must not fail.
    private async Task<int> InsertAsync(SampleBuffer rows, int[] moved, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"INSERT INTO resource_usage ({LegacySampleColumns.Target}{extras.Target}) SELECT {string.Join(", ", Enumerable.Range(0, 10).Select(i => $"c{i}"))}"
            + $"{string.Concat(extras.Columns.Select((c, i) => $", c{10 + i}::{c.Target.Type}"))} FROM unnest({string.Join(", ", Enumerable.Range(1, 10 + extras.Count).Select(i => $"${i}"))}) "
            + $"AS u({string.Join(", ", Enumerable.Range(0, 10 + extras.Count).Select(i => $"c{i}"))}) ON CONFLICT DO NOTHING", target);
        command.Parameters.Add(new() { Value = Array.ConvertAll(moved, p => rows[p].InstanceId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        for (var column = SampleRow.Time; column <= SampleRow.Deleted; column++)
        {
            var c = column;
            if (column == SampleRow.Cpu)
                Add(Array.ConvertAll(moved, p => rows[p].IsNull(c) ? (double?)null : rows[p].CpuUsage), NpgsqlDbType.Double);
            else if (column is >= SampleRow.FirstSize and < SampleRow.Received)
                Add(Array.ConvertAll(moved, p => rows[p].IsNull(c) ? (long?)null : rows[p].Size(c)), NpgsqlDbType.Bigint);
            else
                Add(Array.ConvertAll(moved, p => rows[p].IsNull(c) && c != SampleRow.Received ? (DateTime?)null : Time(Value(in rows[p], c))), NpgsqlDbType.TimestampTz);
        }

        for (var column = 0; column < extras.Count; column++)
            Add(Array.ConvertAll(moved, p => ExtraColumns.Text(rows.Extras(p).Span, column)), NpgsqlDbType.Text);
        return await command.ExecuteNonQueryAsync(cancellationToken);

        void Add(object values, NpgsqlDbType type) => command.Parameters.Add(new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    private static DateTime Time(long value) =>
        value == long.MaxValue ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc) : value == long.MinValue ? SourceWindow.Outside : LegacySampleReader.FromPostgres(value);
}
