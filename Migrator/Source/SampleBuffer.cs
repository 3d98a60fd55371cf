using System.Buffers.Binary;

namespace LaunchStack.Migrator.Source;

/// <summary>The rows of one window, in an array that is kept from window to window.</summary>
internal sealed class SampleBuffer
{
    private SampleRow[] rows = new SampleRow[16 * 1024];
    private int[] order = [];
    private byte[] extras = [];
    private int extrasFilled;

    public int Count { get; private set; }

    /// <summary>Room for undecoded rows; larger ones get a larger array for themselves.</summary>
    public byte[] Wire { get; } = new byte[256 * 1024];

    /// <summary>Positions in the order of <see cref="Sort"/>.</summary>
    public ReadOnlySpan<int> Order => order.AsSpan(0, Count);

    public ref SampleRow this[int position] => ref rows[position];

    /// <summary>A row's values of <see cref="SampleExtras"/>: a length and the bytes for each, as in COPY's binary format; -1 is NULL.</summary>
    public ReadOnlyMemory<byte> Extras(int position)
    {
        if (extrasFilled == 0)
            return default;
        var at = rows[position].Extras;
        return extras.AsMemory(at + 4, BinaryPrimitives.ReadInt32BigEndian(extras.AsSpan(at)));
    }

    /// <summary>Keeps the values of the row that was added last.</summary>
    public void AddExtras(ReadOnlySpan<byte> fields)
    {
        var needed = (long)extrasFilled + 4 + fields.Length;
        if (needed > Array.MaxLength)
            throw new RefusedException(
                $"The samples of one window hold more than {Array.MaxLength / 1_000_000} MB in columns that the new schema lacks. "
                + "Offer a view in place of the original's samples that leaves out the large column or cuts its values, then run the same verb again.");
        if (needed > extras.Length)
            Array.Resize(ref extras, (int)Math.Min(Array.MaxLength, Math.Max(needed, extras.Length * 2L)));
        rows[Count - 1].Extras = extrasFilled;
        BinaryPrimitives.WriteInt32BigEndian(extras.AsSpan(extrasFilled), fields.Length);
        fields.CopyTo(extras.AsSpan(extrasFilled + 4));
        extrasFilled = (int)needed;
    }

    public ref SampleRow Add()
    {
        if (Count == rows.Length)
            Array.Resize(ref rows, rows.Length * 2);
        return ref rows[Count++];
    }

    public void RemoveLast() => Count--;

    public void Clear() => (Count, extrasFilled) = (0, 0);

    /// <summary>
    /// By instance, then newest first as the columnstore keeps them, then by creation: of two samples of one instant the
    /// first made comes first.
    /// </summary>
    public void Sort()
    {
        if (order.Length < Count)
            order = new int[rows.Length];
        for (var i = 0; i < Count; i++)
            order[i] = i;
        order.AsSpan(0, Count).Sort(Compare);
    }

    private int Compare(int left, int right)
    {
        ref var a = ref rows[left];
        ref var b = ref rows[right];
        var result = a.InstanceId.CompareTo(b.InstanceId);
        if (result != 0)
            return result;
        result = b.Timestamp.CompareTo(a.Timestamp);
        if (result != 0)
            return result;
        result = a.IsNull(SampleRow.Received).CompareTo(b.IsNull(SampleRow.Received));
        if (result != 0)
            return result;
        result = a.CreatedAt.CompareTo(b.CreatedAt);
        return result != 0 ? result : a.Place.CompareTo(b.Place);
    }
}
