using System.Numerics;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>
/// The samples of a span that a tick knows, from tick to tick: each enters once and leaves once, in whatever order they came, so that a
/// tick costs what changes at it and not what the span holds. Sums are of integers and divided once: the order of rows never matters,
/// not even in the last digit.
/// </summary>
internal sealed class RunningWindow
{
    private readonly ReadOnlyMemory<AlertSample> _samples;
    private readonly long[] _readings;
    private readonly (int[] Ticks, int[] Samples, int Count) _entering;
    private readonly (int[] Ticks, int[] Samples, int Count) _leaving;
    private readonly bool _isRate;

    // A bit for each sample that is in the window.
    private readonly ulong[] _bits;

    // Levels by their sample twice, rates by both of theirs, largest first; what is no longer so is taken out when it comes to the top.
    private readonly PriorityQueue<(int From, int To), decimal>? _largest;

    private int _entered, _left;
    private int _count;
    private int _first = -1, _last = -1;
    private Int128 _sum;

    /// <summary>Of a rule's measure.</summary>
    /// <param name="rule">The rule; of silence only <see cref="Newest"/> is asked for.</param>
    /// <param name="data">The instance.</param>
    /// <param name="ticks">The ticks that it goes through, each the next of the one before.</param>
    public RunningWindow(AlertDefinition rule, InstanceData data, ReadOnlySpan<DateTimeOffset> ticks)
    {
        _isRate = rule.Measure is AlertMeasure.NetworkInRate or AlertMeasure.NetworkOutRate;
        if (rule.Aggregate == AlertAggregate.Maximum)
            _largest = new();
        _samples = ticks.IsEmpty ? default : data.Between(ticks[0] - rule.Reach, ticks[^1]);
        var samples = _samples.Span;
        _readings = new long[samples.Length];
        _bits = new ulong[(samples.Length + 63) / 64];
        _entering = (new int[samples.Length], new int[samples.Length], 0);
        // At the only tick, none leaves.
        var leaving = ticks.Length > 1 ? samples.Length : 0;
        _leaving = (new int[leaving], new int[leaving], 0);
        if (samples.IsEmpty)
            return;

        var (start, cutoff) = (ticks[0].UtcTicks, AlertTicks.Cutoff(ticks[0]).UtcTicks);
        for (var i = 0; i < samples.Length; i++)
        {
            ref readonly var sample = ref samples[i];
            _readings[i] = Reading(rule.Measure, sample);
            var enters = Math.Max(0, Math.Max(TickAt(sample.At - start), TickAt(sample.ReceivedAt - cutoff)));
            var leaves = Math.Min(TickAt(sample.At + rule.Reach.Ticks - start), TickAt(sample.SupersededAt - cutoff));
            if (_readings[i] == AlertSample.None || enters >= leaves || enters >= ticks.Length)
                continue;
            Add(ref _entering, (int)enters, i);
            if (leaves < ticks.Length)
                Add(ref _leaving, (int)leaves, i);
        }
        Sort(_entering);
        Sort(_leaving);
    }

    /// <summary>Time of the newest sample in it.</summary>
    public DateTimeOffset? Newest => _count == 0 ? null : new(_samples.Span[_last].At, TimeSpan.Zero);

    /// <summary>The value as the samples have it; null when there is none (of a rate: no two).</summary>
    public decimal? Value =>
        _count < (_isRate ? 2 : 1) ? null
        : _largest is not null ? Largest(_largest)
        : _isRate ? PerSecond(_sum, _samples.Span[_last].At - _samples.Span[_first].At)
        : (decimal)_sum / _count;

    /// <summary>Goes on to a tick, by its position; never back.</summary>
    public void MoveTo(int tick)
    {
        while (true)
        {
            var leaves = _left < _leaving.Count ? _leaving.Ticks[_left] : int.MaxValue;
            var enters = _entered < _entering.Count ? _entering.Ticks[_entered] : int.MaxValue;
            if (Math.Min(leaves, enters) > tick)
                return;
            // A version leaves before the one in its place enters.
            if (leaves <= enters)
                Leave(_leaving.Samples[_left++]);
            else
                Enter(_entering.Samples[_entered++]);
        }
    }

    private static long Reading(AlertMeasure measure, in AlertSample sample) => measure switch
    {
        AlertMeasure.CpuPercentage => sample.Cpu,
        AlertMeasure.MemoryPercentage => Share(sample),
        AlertMeasure.DiskUsage => sample.Disk,
        AlertMeasure.NetworkInRate => sample.NetworkIn,
        AlertMeasure.NetworkOutRate => sample.NetworkOut,
        // Any sample breaks a silence.
        _ => 0,
    };

    // Millionths of a percent of the limit.
    private static long Share(in AlertSample sample)
    {
        if (sample.Memory == AlertSample.None || sample.MemoryLimit <= 0)
            return AlertSample.None;
        var share = (Int128)sample.Memory * 100_000_000 / sample.MemoryLimit;
        return share > long.MaxValue ? long.MaxValue : (long)share;
    }

    private static decimal PerSecond(Int128 bytes, long ticks) => (decimal)bytes / ticks * TimeSpan.TicksPerSecond;

    // The first tick that is at least so long after the first one.
    private static long TickAt(long elapsed) => (elapsed / AlertTicks.Interval.Ticks) + (elapsed % AlertTicks.Interval.Ticks > 0 ? 1 : 0);

    private static void Add(ref (int[] Ticks, int[] Samples, int Count) moves, int tick, int sample)
    {
        moves.Ticks[moves.Count] = tick;
        moves.Samples[moves.Count++] = sample;
    }

    private static void Sort((int[] Ticks, int[] Samples, int Count) moves)
    {
        // Nearly always in order already, which costs one look.
        for (var i = 1; i < moves.Count; i++)
        {
            if (moves.Ticks[i] >= moves.Ticks[i - 1])
                continue;
            Array.Sort(moves.Ticks, moves.Samples, 0, moves.Count);
            return;
        }
    }

    private void Enter(int sample)
    {
        var (before, after) = (Before(sample), After(sample));
        _bits[sample / 64] |= 1UL << sample;
        _count++;
        if (before < 0)
            _first = sample;
        if (after < 0)
            _last = sample;
        if (!_isRate)
        {
            _sum += _readings[sample];
            _largest?.Enqueue((sample, sample), -(decimal)_readings[sample]);
            return;
        }
        if (before >= 0 && after >= 0)
            _sum -= Moved(before, after);
        Link(before, sample);
        Link(sample, after);
    }

    private void Leave(int sample)
    {
        var (before, after) = (Before(sample), After(sample));
        _bits[sample / 64] &= ~(1UL << sample);
        _count--;
        if (before < 0)
            _first = after;
        if (after < 0)
            _last = before;
        if (!_isRate)
        {
            _sum -= _readings[sample];
            return;
        }
        if (before >= 0)
            _sum -= Moved(before, sample);
        if (after >= 0)
            _sum -= Moved(sample, after);
        Link(before, after);
    }

    private void Link(int from, int to)
    {
        if (from < 0 || to < 0)
            return;
        var moved = Moved(from, to);
        _sum += moved;
        _largest?.Enqueue((from, to), -PerSecond(moved, _samples.Span[to].At - _samples.Span[from].At));
    }

    // A counter that falls has started anew: the new reading counts whole.
    private long Moved(int from, int to) => _readings[to] < _readings[from] ? _readings[to] : _readings[to] - _readings[from];

    private decimal Largest(PriorityQueue<(int From, int To), decimal> largest)
    {
        while (true)
        {
            largest.TryPeek(out var top, out var value);
            if (Holds(top.From) && (top.From == top.To || (Holds(top.To) && After(top.From) == top.To)))
                return -value;
            largest.Dequeue();
        }
    }

    private bool Holds(int sample) => (_bits[sample / 64] >> sample & 1) != 0;

    // The one in the window before a sample, -1 where there is none.
    private int Before(int sample)
    {
        if (_count == 0 || sample <= _first)
            return -1;
        if (sample > _last)
            return _last;
        var word = sample / 64;
        var bits = _bits[word] & ((1UL << sample) - 1);
        while (bits == 0)
            bits = _bits[--word];
        return (word * 64) + BitOperations.Log2(bits);
    }

    private int After(int sample)
    {
        if (_count == 0 || sample >= _last)
            return -1;
        if (sample < _first)
            return _first;
        var word = sample / 64;
        var bits = _bits[word] & ~((2UL << sample) - 1);
        while (bits == 0)
            bits = _bits[++word];
        return (word * 64) + BitOperations.TrailingZeroCount(bits);
    }
}
