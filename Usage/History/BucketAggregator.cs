using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.History;

/// <summary>Adds pieces, given in order of time, into buckets.</summary>
internal sealed class BucketAggregator(TimeSpan width, long? networkInBefore, long? networkOutBefore)
{
    private readonly List<UsageBucket> _buckets = [];
    private readonly CounterAccumulator _in = new(networkInBefore);
    private readonly CounterAccumulator _out = new(networkOutBefore);

    private DateTimeOffset? _start;
    private long _samples;
    private (double Sum, long Count) _cpu;
    private (decimal Sum, long Count) _memory;
    private (decimal Sum, long Count) _disk;
    private double? _cpuMax;
    private long? _memoryMax;
    private long? _memoryLimit;

    public void Add(in PartialAggregate piece)
    {
        var start = TimeBucket.Floor(piece.Time, width);
        if (start != _start)
        {
            Close();
            _start = start;
        }
        _samples += piece.SampleCount;
        _cpu = (_cpu.Sum + (piece.CpuSum ?? 0), _cpu.Count + piece.CpuCount);
        _cpuMax = Greater(_cpuMax, piece.CpuMax);
        _memory = (_memory.Sum + (piece.MemorySum ?? 0), _memory.Count + piece.MemoryCount);
        _memoryMax = Greater(_memoryMax, piece.MemoryMax);
        _memoryLimit = piece.MemoryLimit ?? _memoryLimit;
        _disk = (_disk.Sum + (piece.DiskSum ?? 0), _disk.Count + piece.DiskCount);
        _in.Add(piece.NetworkIn);
        _out.Add(piece.NetworkOut);
    }

    /// <summary>The buckets, oldest first.</summary>
    public IReadOnlyList<UsageBucket> Build()
    {
        Close();
        return _buckets;
    }

    private void Close()
    {
        if (_start is { } start && _samples > 0)
        {
            double? memory = _memory.Count == 0 ? null : (double)(_memory.Sum / _memory.Count);
            _buckets.Add(new(
                start,
                _cpu.Count == 0 ? null : _cpu.Sum / _cpu.Count,
                _cpuMax,
                memory,
                _memoryMax,
                _memoryLimit,
                Measures.MemoryPercentage(memory, _memoryLimit),
                _disk.Count == 0 ? null : (double)(_disk.Sum / _disk.Count),
                _in.Take(),
                _out.Take(),
                _samples,
                Math.Max(_in.TakeRestarts(), _out.TakeRestarts())));
        }
        (_start, _samples, _cpu, _memory, _disk) = (null, 0, default, default, default);
        (_cpuMax, _memoryMax, _memoryLimit) = (null, null, null);
    }

    private static T? Greater<T>(T? a, T? b)
        where T : struct, IComparable<T> =>
        a is not { } left ? b : b is { } right && right.CompareTo(left) > 0 ? b : a;
}
