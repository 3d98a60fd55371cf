using System.Buffers;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// The rows of one commit: those of all its requests, sorted by key, each key once. Sorted, because two writers that
/// insert overlapping keys in different order would deadlock on the unique index (and the index likes it).
/// </summary>
internal sealed class CommitSet : IDisposable
{
    private readonly CommitRow[] _rows;
    private readonly int[] _starts;
    private readonly int _total;
    private readonly bool _ownsRows;
    private bool _abandoned;

    private CommitSet(IReadOnlyList<PendingWrite> requests, CommitRow[] rows, int total)
    {
        Requests = requests;
        _rows = rows;
        _total = total;
        _ownsRows = true;
        _starts = ArrayPool<int>.Shared.Rent(Math.Max(1, total));
        rows.AsSpan(0, total).Sort();
        for (var i = 0; i < total; i++)
        {
            if (i == 0 || !rows[i].SameKey(rows[i - 1]))
                _starts[Count++] = i;
        }
        if (Merges)
            MergeRepeated();
    }

    private CommitSet(CommitSet whole, IReadOnlyCollection<int> positions)
    {
        (Requests, _rows, _total) = (whole.Requests, whole._rows, whole._total);
        _starts = ArrayPool<int>.Shared.Rent(Math.Max(1, positions.Count));
        foreach (var position in positions)
            _starts[Count++] = whole._starts[position];
    }

    public IReadOnlyList<PendingWrite> Requests { get; }

    /// <summary>Different keys.</summary>
    public int Count { get; }

    public bool Merges => Requests[0].Batch.Conflict == ConflictMode.Merge;

    /// <summary>All rows of the requests.</summary>
    public static CommitSet Of(IReadOnlyList<PendingWrite> requests)
    {
        var total = requests.Sum(request => request.Rows);
        var rows = ArrayPool<CommitRow>.Shared.Rent(Math.Max(1, total));
        var next = 0;
        for (var r = 0; r < requests.Count; r++)
            next = Fill(rows, next, requests[r].Batch.Samples, r, 0, requests[r].Rows);
        return new(requests, rows, total);
    }

    /// <summary>Rows <paramref name="from"/> to <paramref name="to"/> (exclusive) of one request.</summary>
    public static CommitSet Of(PendingWrite request, int from, int to)
    {
        var rows = ArrayPool<CommitRow>.Shared.Rent(Math.Max(1, to - from));
        Fill(rows, 0, request.Batch.Samples, 0, from, to);
        return new([request], rows, to - from);
    }

    /// <summary>Some of its positions, in their order; valid as long as this one is. Not to be settled: between two of them lie rows of the others.</summary>
    public CommitSet Only(IReadOnlyCollection<int> positions) => new(this, positions);

    /// <summary>Its other positions.</summary>
    public CommitSet Except(IReadOnlyCollection<int> positions)
    {
        var left = positions.ToHashSet();
        return Only([.. Enumerable.Range(0, Count).Where(position => !left.Contains(position))]);
    }

    /// <summary>Key of the row at a position.</summary>
    public ref readonly CommitRow Key(int position) => ref _rows[_starts[position]];

    /// <summary>The row at a position.</summary>
    public ref readonly SampleRow this[int position]
    {
        get
        {
            ref readonly var key = ref Key(position);
            return ref Requests[key.Request].Batch.Samples[key.Row];
        }
    }

    /// <summary>Its earliest and latest time.</summary>
    public (DateTime First, DateTime Last) Span()
    {
        var (first, last) = (long.MaxValue, long.MinValue);
        for (var position = 0; position < Count; position++)
        {
            first = Math.Min(first, Key(position).Time);
            last = Math.Max(last, Key(position).Time);
        }
        return (PostgresTime.ToDateTime(first), PostgresTime.ToDateTime(last));
    }

    /// <summary>How many instances its rows are of.</summary>
    public int Instances()
    {
        var instances = Count == 0 ? 0 : 1;
        for (var position = 1; position < Count; position++)
            instances += Key(position).SameInstance(Key(position - 1)) ? 0 : 1;
        return instances;
    }

    /// <summary>Counts every sample to its request, once the commit stands.</summary>
    /// <param name="untouched">Positions that the database had already (in any order).</param>
    public void Settle(IReadOnlyCollection<int> untouched)
    {
        var had = untouched.Count == 0 ? null : untouched as HashSet<int> ?? [.. untouched];
        for (var position = 0; position < Count; position++)
        {
            var isNew = had is null || !had.Contains(position);
            for (var i = _starts[position]; i < End(position); i++)
            {
                var request = Requests[_rows[i].Request];
                if (isNew && (Merges || i == _starts[position]))
                    request.Accepted++;
                else
                    request.Duplicates++;
            }
        }
    }

    /// <summary>Leaves all memory to the garbage collector: an abandoned commit may still read it.</summary>
    public void Abandon()
    {
        _abandoned = true;
        foreach (var request in Requests)
            request.Batch.Samples.Abandon();
    }

    public void Dispose()
    {
        if (_abandoned)
            return;
        if (_ownsRows)
            ArrayPool<CommitRow>.Shared.Return(_rows);
        ArrayPool<int>.Shared.Return(_starts);
    }

    private static int Fill(CommitRow[] rows, int next, SampleList samples, int request, int from, int to)
    {
        for (var row = from; row < to; row++)
            rows[next++] = new CommitRow(samples[row].Instance, samples[row].Time, request, row);
        return next;
    }

    private int End(int position) => position + 1 < Count ? _starts[position + 1] : _total;

    // The first row of a key takes what later ones know better.
    private void MergeRepeated()
    {
        for (var position = 0; position < Count; position++)
        {
            var (first, end) = (_starts[position], End(position));
            if (end - first == 1)
                continue;
            var values = this[position].Values;
            for (var i = first + 1; i < end; i++)
                values.Raise(Requests[_rows[i].Request].Batch.Samples[_rows[i].Row].Values);
            Requests[_rows[first].Request].Batch.Samples.SetValues(_rows[first].Row, values);
        }
    }
}
