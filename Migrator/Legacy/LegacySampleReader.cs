using System.Buffers;
using System.Buffers.Binary;
using System.Data;
using System.Text;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// Reads samples by binary COPY, straight out of the wire's buffer: twelve fields a row need no object each. Where COPY is
/// refused (embedded database), by an ordinary reader.
/// </summary>
internal static class LegacySampleReader
{
    private const int ColumnCount = EncodedSample.ColumnCount;

    /// <summary>Appends the rows of <paramref name="select"/> to <paramref name="rows"/>.</summary>
    public static Task ReadAsync(NpgsqlConnection connection, string select, bool copy, SampleBuffer rows, CancellationToken cancellationToken) =>
        copy ? CopyAsync(connection, select, rows, cancellationToken) : QueryAsync(connection, select, rows, cancellationToken);

    /// <summary>What the target holds of a window, to be read here: without fault and place, which only the original's rows have.</summary>
    public static string SelectTarget(SourceWindow window, ExtraColumns extras) =>
        $"SELECT {LegacySampleColumns.Target}, 0::int2, NULL::tid{extras.There} FROM resource_usage "
        + $"WHERE \"timestamp\" >= {OriginalReader.Literal(window.Start)} AND \"timestamp\" < {OriginalReader.Literal(window.End)}";

    private static async Task CopyAsync(NpgsqlConnection connection, string select, SampleBuffer rows, CancellationToken cancellationToken)
    {
        await using var stream = await connection.BeginRawBinaryCopyAsync($"COPY ({select}) TO STDOUT (FORMAT binary)", cancellationToken);
        var buffer = rows.Wire;
        var filled = 0;
        var skip = 19; // signature, flags, length of the header's extension (0)
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (read == 0)
                return;
            filled += read;
            var used = 0;
            if (skip > 0)
            {
                if (filled < skip)
                    continue;
                used = skip;
                skip = 0;
            }

            while (TryParse(buffer.AsSpan(used, filled - used), ref rows.Add(), out var extras, out var length))
            {
                if (extras < length)
                    rows.AddExtras(buffer.AsSpan(used + extras, length - extras));
                used += length;
            }

            rows.RemoveLast();
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    /// <summary>False at the end of the buffer or of the rows. What follows our columns begins at <paramref name="extras"/>.</summary>
    private static bool TryParse(ReadOnlySpan<byte> wire, ref EncodedSample row, out int extras, out int length)
    {
        length = 2;
        extras = 0;
        if (wire.Length < 2 || BinaryPrimitives.ReadInt16BigEndian(wire) is not (>= 0 and var fields))
            return false;
        row = default;
        for (var column = 0; column < ColumnCount + 2; column++)
        {
            if (wire.Length < length + 4)
                return false;
            var size = BinaryPrimitives.ReadInt32BigEndian(wire[length..]);
            length += 4;
            if (size < 0)
            {
                if (column < ColumnCount)
                    row.Nulls |= (ushort)(1 << column);
                continue;
            }

            if (wire.Length < length + size)
                return false;
            Decode(wire.Slice(length, size), column, ref row);
            length += size;
        }

        extras = length;
        for (var column = ColumnCount + 2; column < fields; column++)
        {
            if (wire.Length < length + 4)
                return false;
            length += 4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(wire[length..]));
        }

        return length <= wire.Length;
    }

    private static void Decode(ReadOnlySpan<byte> value, int column, ref EncodedSample row)
    {
        switch (column)
        {
            case EncodedSample.Instance: row.InstanceId = new Guid(value, bigEndian: true); break;
            case ColumnCount: row.Fault = BinaryPrimitives.ReadInt16BigEndian(value); break;
            case ColumnCount + 1: row.Place = value.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(value)
                : EncodedSample.PlaceAt(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt16BigEndian(value[4..])); break;
            default:
                if (EncodedSample.IsFraction(column))
                    row.SetFraction(column, BinaryPrimitives.ReadDoubleBigEndian(value));
                else
                    row.Set(column, BinaryPrimitives.ReadInt64BigEndian(value));
                break;
        }
    }

    private static async Task QueryAsync(NpgsqlConnection connection, string select, SampleBuffer rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(select, connection);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        var extras = new ArrayBufferWriter<byte>();
        while (await reader.ReadAsync(cancellationToken))
        {
            Fill(reader, ref rows.Add());
            if (reader.FieldCount == ColumnCount + 2)
                continue;
            extras.ResetWrittenCount();
            for (var column = ColumnCount + 2; column < reader.FieldCount; column++)
                Append(extras, reader.IsDBNull(column) ? null : reader.GetString(column));
            rows.AddExtras(extras.WrittenSpan);
        }
    }

    private static void Append(ArrayBufferWriter<byte> extras, string? text)
    {
        BinaryPrimitives.WriteInt32BigEndian(extras.GetSpan(4), text is null ? -1 : Encoding.UTF8.GetByteCount(text));
        extras.Advance(4);
        if (text is not null)
            Encoding.UTF8.GetBytes(text, extras);
    }

    private static void Fill(NpgsqlDataReader reader, ref EncodedSample row)
    {
        row = default;
        for (var column = 0; column < ColumnCount; column++)
        {
            if (reader.IsDBNull(column))
                row.Nulls |= (ushort)(1 << column);
            else if (column == EncodedSample.Instance)
                row.InstanceId = reader.GetGuid(column);
            else if (EncodedSample.IsFraction(column))
                row.SetFraction(column, reader.GetDouble(column));
            else if (column is EncodedSample.Time or EncodedSample.Received or EncodedSample.Deleted)
                row.Set(column, PostgresTime.FromDateTime(reader.GetDateTime(column)));
            else
                row.Set(column, reader.GetInt64(column));
        }
    }
}
