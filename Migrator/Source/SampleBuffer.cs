namespace LaunchStack.Migrator.Source;

/// <summary>The rows of one window, in an array that is kept from window to window.</summary>
internal sealed class SampleBuffer
{
    private SampleRow[] rows = new SampleRow[16 * 1024];
    private int[] order = [];

    public int Count { get; private set; }

    /// <summary>Room for undecoded rows; larger ones get a larger array for themselves.</summary>
    public byte[] Wire { get; } = new byte[256 * 1024];

    /// <summary>Positions in the order of <see cref="Sort"/>.</summary>
    public ReadOnlySpan<int> Order => order.AsSpan(0, Count);

    public ref SampleRow this[int position] => ref rows[position];

    public ref SampleRow Add()
    {
        if (Count == rows.Length)
            Array.Resize(ref rows, rows.Length * 2);
        return ref rows[Count++];
    }

    public void RemoveLast() => Count--;

    public void Clear() => Count = 0;

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
