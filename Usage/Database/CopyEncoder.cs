using System.Buffers.Binary;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Writes rows in PostgreSQL's binary COPY format (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"),
/// straight from the columns: Npgsql's importer costs a call per value.
/// </summary>
internal static class CopyEncoder
{
    /// <summary>Columns in the order in which they are written; a position column may follow.</summary>
    public const string Columns =
        "instance_id, \"timestamp\", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out";

    /// <summary>Upper bound of one row.</summary>
    public const int MaxRowBytes = 2 + (4 + 16) + (7 * (4 + 8)) + (4 + 4);

    /// <summary>What stands before the first row: signature, flags, length of the (empty) extension.</summary>
    public static ReadOnlySpan<byte> Header =>
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n', 0,
         0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>What stands after the last row.</summary>
    public static ReadOnlySpan<byte> Trailer => [0xff, 0xff];

    /// <summary>Writes the row at <paramref name="position"/>.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteRow(Span<byte> target, CommitSet set, int position, bool withPosition)
    {
        ref readonly var key = ref set[position];
        var samples = set.Columns(position, out var row);
        var fields = samples.Fields[row];

        BinaryPrimitives.WriteInt16BigEndian(target, (short)(withPosition ? 9 : 8));
        BinaryPrimitives.WriteInt32BigEndian(target[2..], 16);
        BinaryPrimitives.WriteUInt64BigEndian(target[6..], key.High);
        BinaryPrimitives.WriteUInt64BigEndian(target[14..], key.Low);
        var at = WriteLong(target, 22, present: true, key.Time);
        at = WriteLong(target, at, (fields & MeasureSet.Cpu) != 0, BitConverter.DoubleToInt64Bits(samples.Cpu[row]));
        at = WriteLong(target, at, (fields & MeasureSet.Memory) != 0, samples.Memory[row]);
        at = WriteLong(target, at, (fields & MeasureSet.MemoryLimit) != 0, samples.MemoryLimit[row]);
        at = WriteLong(target, at, (fields & MeasureSet.Disk) != 0, samples.Disk[row]);
        at = WriteLong(target, at, (fields & MeasureSet.NetworkIn) != 0, samples.NetworkIn[row]);
        at = WriteLong(target, at, (fields & MeasureSet.NetworkOut) != 0, samples.NetworkOut[row]);
        if (withPosition)
        {
            BinaryPrimitives.WriteInt32BigEndian(target[at..], 4);
            BinaryPrimitives.WriteInt32BigEndian(target[(at + 4)..], position);
            at += 8;
        }
        return at;
    }

    private static int WriteLong(Span<byte> target, int at, bool present, long value)
    {
        if (!present)
        {
            BinaryPrimitives.WriteInt32BigEndian(target[at..], -1);
            return at + 4;
        }
        BinaryPrimitives.WriteInt32BigEndian(target[at..], 8);
        BinaryPrimitives.WriteInt64BigEndian(target[(at + 4)..], value);
        return at + 12;
    }
}
