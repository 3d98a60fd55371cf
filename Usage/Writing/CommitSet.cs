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
    private bool _abandoned;

    private CommitSet(IReadOnlyList<PendingWrite> requests, CommitRow[] rows, int total)
    {
        Requests = requests;
        _rows = rows;
        _total = total;
        _starts = ArrayPool<int>.Shared.Rent(Math.Max(1, total));
        rows.AsSpan(0, total).Sort();
        for (var i = 0; i < total; i++)
        {
            if (i == 0 || !rows[i].SameKey(rows[i - 1]))
                _starts[Count++] = i;
        }
        if (Merges)
            Absorb();
    }

    public IReadOnlyList<PendingWrite> Requests { get; }

    /// <summary>Different keys.</summary>
    public int Count { get; private set; }

    public bool Merges => Requests[0].Batch.Conflict == ConflictMode.Merge;

    /// <summary>All rows of the requests.</summary>
    public static CommitSet Of(IReadOnlyList<PendingWrite> requests)
    {
        var total = 0;
        foreach (var request in requests)
            total += request.Rows;
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

    /// <summary>Key of the row at a position.</summary>
    public ref readonly CommitRow this[int position] => ref _rows[_starts[position]];

    /// <summary>Where the row at a position comes from.</summary>
    public SampleColumns Columns(int position, out int row)
    {
        ref readonly var origin = ref this[position];
        row = origin.Row;
        return Requests[origin.Request].Batch.Samples;
    }

    /// <summary>Counts every sample to its request, once the commit stands.</summary>
    /// <param name="untouched">Positions that the database had already (in any order).</param>
    public void Settle(IReadOnlyCollection<int> untouched)
    {
        var had = untouched.Count == 0 ? null : untouched as HashSet<int> ?? [.. untouched];
        for (var position = 0; position < Count; position++)
        {
            var end = position + 1 < Count ? _starts[position + 1] : _total;
            var isNew = had is null || !had.Contains(position);
            for (var i = _starts[position]; i < end; i++)
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
        ArrayPool<CommitRow>.Shared.Return(_rows);
        ArrayPool<int>.Shared.Return(_starts);
    }

    private static int Fill(CommitRow[] rows, int next, SampleColumns samples, int request, int from, int to)
    {
        var instances = samples.Instances;
        var times = samples.Times;
        for (var row = from; row < to; row++)
            rows[next++] = new CommitRow(instances[row], times[row], request, row);
        return next;
    }

    // The first row of a key takes what later ones know better.
    private void Absorb()
    {
        for (var position = 0; position < Count; position++)
        {
            var end = position + 1 < Count ? _starts[position + 1] : _total;
            if (end - _starts[position] == 1)
                continue;
            var samples = Columns(position, out var row);
            var values = samples.GetValues(row);
            for (var i = _starts[position] + 1; i < end; i++)
                values = values.RaisedBy(Requests[_rows[i].Request].Batch.Samples.GetValues(_rows[i].Row));
            samples.SetValues(row, values);
        }
    }
}
