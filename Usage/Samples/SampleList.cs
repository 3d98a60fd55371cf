using System.Buffers;

namespace LaunchStack.Usage.Samples;

/// <summary>Samples in one pooled array: no object each. Not thread-safe.</summary>
public sealed class SampleList : IDisposable
{
    private const int FirstCapacity = 16;

    private SampleRow[] _rows = [];
    private bool _abandoned;

    /// <summary>Where the memory is counted; null: nowhere. To be set before the first row.</summary>
    public IMemoryBudget? Budget { get; set; }

    /// <summary>Rows held.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of pooled memory held.</summary>
    public long Bytes => (long)_rows.Length * SampleRow.Size;

    /// <summary>The rows, in the order they were added.</summary>
    public ReadOnlySpan<SampleRow> Rows => _rows.AsSpan(0, Count);

    /// <summary>A row.</summary>
    public ref readonly SampleRow this[int row] => ref _rows[row];

    /// <summary>Appends a row without looking at it.</summary>
    internal void Add(int index, Guid instance, long time, in SampleValues values)
    {
        if (Count == _rows.Length)
            Grow();
        _rows[Count++] = new(instance, time, index, values);
    }

    /// <summary>Replaces the measures of a row.</summary>
    internal void SetValues(int row, in SampleValues values) => _rows[row] = _rows[row] with { Values = values };

    /// <summary>Removes rows; the others keep their order.</summary>
    internal void RemoveWhere(Predicate<SampleRow> remove)
    {
        var kept = 0;
        for (var row = 0; row < Count; row++)
        {
            if (!remove(_rows[row]))
                _rows[kept++] = _rows[row];
        }
        Count = kept;
    }

    /// <summary>Leaves the memory to the garbage collector: an abandoned commit may still read it.</summary>
    internal void Abandon() => _abandoned = true;

    /// <summary>Gives the memory back to the pool.</summary>
    public void Dispose()
    {
        Budget?.Give(Bytes);
        Budget = null;
        if (_abandoned)
            return;
        Count = 0;
        Return();
        _rows = [];
    }

    private void Grow()
    {
        // A power of two: the pool's arrays are just as long.
        var capacity = Math.Max(FirstCapacity, _rows.Length * 2);
        Budget?.Take((long)(capacity - _rows.Length) * SampleRow.Size);
        var larger = ArrayPool<SampleRow>.Shared.Rent(capacity);
        Rows.CopyTo(larger);
        Return();
        _rows = larger;
    }

    private void Return()
    {
        if (_rows.Length > 0)
            ArrayPool<SampleRow>.Shared.Return(_rows);
    }
}
