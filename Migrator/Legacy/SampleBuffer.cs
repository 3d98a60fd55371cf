using System.Buffers.Binary;
using LaunchStack.Migrator.Database;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The rows of one window, in an array that is kept from window to window.</summary>
internal sealed class SampleBuffer
{
    private SampleRow[] _rows = new SampleRow[16 * 1024];
    private int[] _order = [];
    private byte[] _extras = [];
    private int _extrasFilled;

    public int Count { get; private set; }

    /// <summary>Room for undecoded rows; larger ones get a larger array for themselves.</summary>
    public byte[] Wire { get; } = new byte[256 * 1024];

    /// <summary>Positions in the order of <see cref="Sort"/>.</summary>
    public ReadOnlySpan<int> Order => _order.AsSpan(0, Count);

    public ref SampleRow this[int position] => ref _rows[position];

    /// <summary>A row's values of <see cref="ExtraColumns"/>: a length and the bytes for each, as in COPY's binary format; -1 is NULL.</summary>
    public ReadOnlyMemory<byte> Extras(int position)
    {
        if (_extrasFilled == 0)
            return default;
        var at = _rows[position].Extras;
        return _extras.AsMemory(at + 4, BinaryPrimitives.ReadInt32BigEndian(_extras.AsSpan(at)));
    }

    /// <summary>Keeps the values of the row that was added last.</summary>
    public void AddExtras(ReadOnlySpan<byte> fields)
    {
        var needed = (long)_extrasFilled + 4 + fields.Length;
        if (needed > Array.MaxLength)
            throw new RefusedException(
                $"The samples of one window hold more than {Array.MaxLength / 1_000_000} MB in columns that the new schema lacks. "
                + PostgresErrors.TooLargeRemedy);
        if (needed > _extras.Length)
            Array.Resize(ref _extras, (int)Math.Min(Array.MaxLength, Math.Max(needed, _extras.Length * 2L)));
        _rows[Count - 1].Extras = _extrasFilled;
        BinaryPrimitives.WriteInt32BigEndian(_extras.AsSpan(_extrasFilled), fields.Length);
        fields.CopyTo(_extras.AsSpan(_extrasFilled + 4));
        _extrasFilled = (int)needed;
    }

    public ref SampleRow Add()
    {
        if (Count == _rows.Length)
            Array.Resize(ref _rows, _rows.Length * 2);
        return ref _rows[Count++];
    }

    public void RemoveLast() => Count--;

    public void Clear() => (Count, _extrasFilled) = (0, 0);

    /// <summary>
    /// By instance, then newest first as the columnstore keeps them. Of several samples of one instant a live one comes before a
    /// deleted one, then the first created, then by every value: the same one comes first however the rows lie in their table.
    /// </summary>
    public void Sort()
    {
        if (_order.Length < Count)
            _order = new int[_rows.Length];
        for (var i = 0; i < Count; i++)
            _order[i] = i;
        _order.AsSpan(0, Count).Sort(Compare);
    }

    private int Compare(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        var result = a.InstanceId.CompareTo(b.InstanceId);
        if (result != 0)
            return result;
        result = b.Timestamp.CompareTo(a.Timestamp);
        if (result != 0)
            return result;
        result = b.IsNull(SampleRow.Deleted).CompareTo(a.IsNull(SampleRow.Deleted));
        if (result != 0)
            return result;
        result = a.IsNull(SampleRow.Received).CompareTo(b.IsNull(SampleRow.Received));
        return result != 0 ? result : CompareValues(left, right);
    }

    private int CompareValues(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        var result = a.CreatedAt.CompareTo(b.CreatedAt);
        if (result == 0)
            result = a.Nulls.CompareTo(b.Nulls);
        if (result == 0)
            result = a.CpuUsage.CompareTo(b.CpuUsage);
        for (var column = SampleRow.FirstSize; result == 0 && column < SampleRow.Received; column++)
            result = a.Size(column).CompareTo(b.Size(column));
        if (result == 0)
            result = a.DeletedAt.CompareTo(b.DeletedAt);
        return result != 0 ? result : Extras(left).Span.SequenceCompareTo(Extras(right).Span);
    }
}
