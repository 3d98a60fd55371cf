using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LaunchStack.Migrator.Database;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The rows of one window, in an array that is kept from window to window.</summary>
internal sealed class SampleBuffer
{
    private const int MaxExpected = 128 * 1024;

    private EncodedSample[] _rows = new EncodedSample[16 * 1024];
    private readonly Dictionary<Guid, int> _instances = [];
    private int[] _order = [];
    private int[] _instanceOf = [];
    private byte[] _extras = [];
    private int _extrasFilled;

    public int Count { get; private set; }

    /// <summary>Room for undecoded rows; larger ones get a larger array for themselves.</summary>
    public byte[] Wire { get; } = new byte[256 * 1024];

    /// <summary>Positions in the order of <see cref="Sort"/>.</summary>
    public ReadOnlySpan<int> Order => _order.AsSpan(0, Count);

    public ref EncodedSample this[int position] => ref _rows[position];

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
                + ErrorText.TooLargeRemedy);
        if (needed > _extras.Length)
            Array.Resize(ref _extras, (int)Math.Min(Array.MaxLength, Math.Max(needed, _extras.Length * 2L)));
        _rows[Count - 1].Extras = _extrasFilled;
        BinaryPrimitives.WriteInt32BigEndian(_extras.AsSpan(_extrasFilled), fields.Length);
        fields.CopyTo(_extras.AsSpan(_extrasFilled + 4));
        _extrasFilled = (int)needed;
    }

    public ref EncodedSample Add()
    {
        if (Count == _rows.Length)
            Array.Resize(ref _rows, _rows.Length * 2);
        return ref _rows[Count++];
    }

    public void RemoveLast() => Count--;

    /// <param name="expected">Rows that will come, if that is known: growing leaves arrays behind that nobody soon collects.</param>
    public void Clear(long expected = 0)
    {
        (Count, _extrasFilled) = (0, 0);
        // One more, as a row is begun before it is known to be there.
        var length = Math.Min(expected, MaxExpected) + 1;
        if (_rows.Length < length)
            _rows = new EncodedSample[length];
    }

    /// <summary>
    /// By instance, then newest first as the columnstore keeps them. Of several samples of one instant a live one comes before a
    /// deleted one, then the first created, then by every value: the same one comes first however the rows lie in their table.
    /// </summary>
    public void Sort()
    {
        if (_order.Length < Count)
            (_order, _instanceOf) = (new int[_rows.Length], new int[_rows.Length]);

        // Rows lie about in the order of their time, so those of each instance mostly need no comparison but with their neighbours.
        _instances.Clear();
        var ends = new List<int>();
        for (var i = 0; i < Count; i++)
        {
            ref var instance = ref CollectionsMarshal.GetValueRefOrAddDefault(_instances, _rows[i].InstanceId, out var known);
            if (!known)
            {
                instance = ends.Count;
                ends.Add(0);
            }

            _instanceOf[i] = instance;
            ends[instance]++;
        }

        var sizes = ends.ToArray();
        var end = 0;
        foreach (var (_, instance) in _instances.OrderBy(pair => pair.Key))
            ends[instance] = end += sizes[instance];

        // From the last of each group to its first: newest first, when the oldest came first.
        for (var i = 0; i < Count; i++)
            _order[--ends[_instanceOf[i]]] = i;
        for (var instance = 0; instance < sizes.Length; instance++)
        {
            var group = _order.AsSpan(ends[instance], sizes[instance]);
            if (!IsSorted(group))
                group.Sort(Compare);
        }
    }

    private bool IsSorted(ReadOnlySpan<int> group)
    {
        for (var i = 1; i < group.Length; i++)
        {
            if (Compare(group[i - 1], group[i]) > 0)
                return false;
        }

        return true;
    }

    /// <summary>Two rows of one instance.</summary>
    private int Compare(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        var result = b.Timestamp.CompareTo(a.Timestamp);
        if (result != 0)
            return result;
        result = b.IsNull(EncodedSample.Deleted).CompareTo(a.IsNull(EncodedSample.Deleted));
        if (result != 0)
            return result;
        result = a.IsNull(EncodedSample.Received).CompareTo(b.IsNull(EncodedSample.Received));
        return result != 0 ? result : CompareValues(left, right);
    }

    private int CompareValues(int left, int right)
    {
        ref var a = ref _rows[left];
        ref var b = ref _rows[right];
        var result = a.CreatedAt.CompareTo(b.CreatedAt);
        if (result == 0)
            result = a.Nulls.CompareTo(b.Nulls);
        for (var column = EncodedSample.FirstMeasure; result == 0 && column < EncodedSample.Received; column++)
            result = EncodedSample.IsFraction(column) ? a.Fraction(column).CompareTo(b.Fraction(column)) : a.Bits(column).CompareTo(b.Bits(column));
        if (result == 0)
            result = a.DeletedAt.CompareTo(b.DeletedAt);
        return result != 0 ? result : Extras(left).Span.SequenceCompareTo(Extras(right).Span);
    }
}
