using System.Buffers;

namespace LaunchStack.Usage.Samples;

/// <summary>
/// Samples as columns in pooled arrays: no object per sample, 77 bytes a row. Not thread-safe.
/// A null measure has its bit in <see cref="Fields"/> clear and 0 in its column.
/// </summary>
public sealed class SampleColumns : IDisposable
{
    /// <summary>Bytes of memory that one row takes.</summary>
    public const int BytesPerRow = 16 + 8 + 8 + 5 * 8 + 1 + 4;

    private const int FirstCapacity = 16;

    private Guid[] _instances = [];
    private long[] _times = [];
    private double[] _cpu = [];
    private long[] _memory = [];
    private long[] _memoryLimit = [];
    private long[] _disk = [];
    private long[] _networkIn = [];
    private long[] _networkOut = [];
    private MeasureSet[] _fields = [];
    private int[] _indexes = [];
    private bool _abandoned;

    /// <summary>Where the memory is counted; null: nowhere. To be set before the first row.</summary>
    public IMemoryBudget? Budget { get; set; }

    /// <summary>Rows held.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of pooled memory held.</summary>
    public long Bytes => (long)_times.Length * BytesPerRow;

    /// <summary>Instance of each row.</summary>
    public ReadOnlySpan<Guid> Instances => _instances.AsSpan(0, Count);

    /// <summary>Time of each row, microseconds since <see cref="PostgresTime.Epoch"/>.</summary>
    public ReadOnlySpan<long> Times => _times.AsSpan(0, Count);

    /// <summary>Percent of one core.</summary>
    public ReadOnlySpan<double> Cpu => _cpu.AsSpan(0, Count);

    /// <summary>Bytes.</summary>
    public ReadOnlySpan<long> Memory => _memory.AsSpan(0, Count);

    /// <summary>Bytes.</summary>
    public ReadOnlySpan<long> MemoryLimit => _memoryLimit.AsSpan(0, Count);

    /// <summary>Bytes.</summary>
    public ReadOnlySpan<long> Disk => _disk.AsSpan(0, Count);

    /// <summary>Counter, bytes.</summary>
    public ReadOnlySpan<long> NetworkIn => _networkIn.AsSpan(0, Count);

    /// <summary>Counter, bytes.</summary>
    public ReadOnlySpan<long> NetworkOut => _networkOut.AsSpan(0, Count);

    /// <summary>Which measures of each row are there.</summary>
    public ReadOnlySpan<MeasureSet> Fields => _fields.AsSpan(0, Count);

    /// <summary>Place of each row in its request.</summary>
    public ReadOnlySpan<int> Indexes => _indexes.AsSpan(0, Count);

    /// <summary>Appends a row without looking at it.</summary>
    internal void Add(int index, Guid instance, long time, in SampleValues values)
    {
        if (Count == _times.Length)
            Grow();
        var row = Count++;
        _instances[row] = instance;
        _times[row] = time;
        _indexes[row] = index;
        SetValues(row, values);
    }

    /// <summary>The measures of a row.</summary>
    public SampleValues GetValues(int row) =>
        new(_fields[row], _cpu[row], _memory[row], _memoryLimit[row], _disk[row], _networkIn[row], _networkOut[row]);

    /// <summary>Replaces the measures of a row.</summary>
    internal void SetValues(int row, in SampleValues values)
    {
        _fields[row] = values.Fields;
        _cpu[row] = values.Cpu;
        _memory[row] = values.Memory;
        _memoryLimit[row] = values.MemoryLimit;
        _disk[row] = values.Disk;
        _networkIn[row] = values.NetworkIn;
        _networkOut[row] = values.NetworkOut;
    }

    /// <summary>Keeps the rows that <paramref name="keep"/> says, in their order.</summary>
    internal void RemoveWhere(Func<int, bool> remove)
    {
        var kept = 0;
        for (var row = 0; row < Count; row++)
        {
            if (remove(row))
                continue;
            if (kept != row)
            {
                _instances[kept] = _instances[row];
                _times[kept] = _times[row];
                _indexes[kept] = _indexes[row];
                SetValues(kept, GetValues(row));
            }
            kept++;
        }
        Count = kept;
    }

    /// <summary>Forgets the rows and keeps the memory.</summary>
    internal void Clear() => Count = 0;

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
        Return(ref _instances);
        Return(ref _times);
        Return(ref _cpu);
        Return(ref _memory);
        Return(ref _memoryLimit);
        Return(ref _disk);
        Return(ref _networkIn);
        Return(ref _networkOut);
        Return(ref _fields);
        Return(ref _indexes);
    }

    private void Grow()
    {
        var capacity = Math.Max(FirstCapacity, _times.Length * 2);
        Budget?.Take((capacity - _times.Length) * (long)BytesPerRow);
        Resize(ref _instances, capacity);
        Resize(ref _times, capacity);
        Resize(ref _cpu, capacity);
        Resize(ref _memory, capacity);
        Resize(ref _memoryLimit, capacity);
        Resize(ref _disk, capacity);
        Resize(ref _networkIn, capacity);
        Resize(ref _networkOut, capacity);
        Resize(ref _fields, capacity);
        Resize(ref _indexes, capacity);
    }

    // The pool rounds up by element size; all columns must agree on the smallest, so the length asked for is a power of two.
    private void Resize<T>(ref T[] column, int capacity)
    {
        var larger = ArrayPool<T>.Shared.Rent(capacity);
        column.AsSpan(0, Count).CopyTo(larger);
        Return(ref column);
        column = larger;
    }

    private static void Return<T>(ref T[] column)
    {
        if (column.Length > 0)
            ArrayPool<T>.Shared.Return(column);
        column = [];
    }
}
