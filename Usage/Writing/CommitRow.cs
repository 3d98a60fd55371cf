using System.Buffers.Binary;

namespace LaunchStack.Usage.Writing;

/// <summary>Key and origin of a row. Ordered as the unique index orders: uuid bytes, then time; then by arrival.</summary>
internal readonly struct CommitRow : IComparable<CommitRow>
{
    public CommitRow(Guid instance, long time, int request, int row)
    {
        Span<byte> bytes = stackalloc byte[16];
        instance.TryWriteBytes(bytes, bigEndian: true, out _);
        High = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        Low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        Time = time;
        Request = request;
        Row = row;
    }

    public ulong High { get; }

    public ulong Low { get; }

    public long Time { get; }

    public int Request { get; }

    public int Row { get; }

    public bool SameKey(in CommitRow other) => Time == other.Time && Low == other.Low && High == other.High;

    public bool SameInstance(in CommitRow other) => Low == other.Low && High == other.High;

    public int CompareTo(CommitRow other)
    {
        var order = High.CompareTo(other.High);
        if (order == 0)
            order = Low.CompareTo(other.Low);
        if (order == 0)
            order = Time.CompareTo(other.Time);
        if (order == 0)
            order = Request.CompareTo(other.Request);
        return order != 0 ? order : Row.CompareTo(other.Row);
    }
}
