namespace LaunchStack.Migrator.Database;

/// <summary>Rows for one statement: as many as a statement is worth, but no more bytes than memory and the protocol bear.</summary>
internal sealed class RowBatch<T>
{
    private const int MaxRows = 1000;
    private const long MaxBytes = 4 << 20;

    private List<T> _rows = [];
    private long _bytes;

    public bool IsFull => _rows.Count >= MaxRows || _bytes >= MaxBytes;

    public void Add(T row, long bytes)
    {
        _rows.Add(row);
        _bytes += bytes;
    }

    /// <summary>The rows; the batch is empty afterwards.</summary>
    public List<T> Take()
    {
        // The collector would wait for as much again, and a row of megabytes is many times its size on the way.
        if (_bytes > 2 * MaxBytes)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var rows = _rows;
        (_rows, _bytes) = ([], 0);
        return rows;
    }
}
