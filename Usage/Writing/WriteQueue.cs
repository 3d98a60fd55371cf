namespace LaunchStack.Usage.Writing;

/// <summary>
/// What waits for a commit, bounded in rows and bytes. No timer: a free loop takes everything at once, so batches grow
/// only while all loops are busy. Also counts the loops, so that a loop ends and a request arrives in one order only.
/// </summary>
internal sealed class WriteQueue(int maxRows, long maxBytes, int maxLoops)
{
    // What a commit costs apart from its rows is worth some 300 of them: below this, one loop with larger commits beats two.
    private const int RowsWorthALoop = 500;

    private readonly Lock _gate = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;
    private int _loops;

    public int Rows { get; private set; }

    public long Bytes { get; private set; }

    public bool IsFull => Rows >= maxRows || Bytes >= maxBytes;

    public bool IsClosed => _closed;

    /// <summary>Queues a request; a request larger than the whole queue is taken while the queue is empty.</summary>
    /// <param name="write">The request.</param>
    /// <param name="startLoop">True when the caller has to start another loop.</param>
    /// <returns>False when it is full or closed.</returns>
    public bool TryAdd(PendingWrite write, out bool startLoop)
    {
        lock (_gate)
        {
            startLoop = false;
            var full = Rows + write.Rows > maxRows || Bytes + write.Bytes > maxBytes;
            if (_closed || (full && _waiting.Count > 0))
                return false;
            _waiting.Enqueue(write);
            Rows += write.Rows;
            Bytes += write.Bytes;
            WriterTelemetry.QueuedRows.Add(write.Rows);
            startLoop = _loops == 0 || (_loops < maxLoops && Rows >= RowsWorthALoop);
            if (startLoop)
                _loops++;
            return true;
        }
    }

    /// <summary>Takes whole requests of one conflict mode, up to <paramref name="maxRowsTaken"/> rows but at least one.</summary>
    /// <returns>Empty when nothing waits, or too little for several loops: then the calling loop is counted out and must end.</returns>
    public List<PendingWrite> TakeOrLeave(int maxRowsTaken)
    {
        lock (_gate)
        {
            var taken = new List<PendingWrite>();
            var rows = 0;
            while ((_loops == 1 || Rows >= RowsWorthALoop || taken.Count > 0)
                && _waiting.TryPeek(out var next)
                && (taken.Count == 0 || (rows + next.Rows <= maxRowsTaken && next.Batch.Conflict == taken[0].Batch.Conflict)))
            {
                taken.Add(_waiting.Dequeue());
                rows += next.Rows;
                Rows -= next.Rows;
                Bytes -= next.Bytes;
                WriterTelemetry.QueuedRows.Add(-next.Rows);
            }
            if (taken.Count == 0)
            {
                _loops--;
                if (_closed && _loops == 0)
                    _drained.TrySetResult();
            }
            return taken;
        }
    }

    /// <summary>Empties the queue, for failing what waits.</summary>
    public List<PendingWrite> TakeAll()
    {
        lock (_gate)
        {
            var taken = _waiting.ToList();
            _waiting.Clear();
            WriterTelemetry.QueuedRows.Add(-Rows);
            Rows = 0;
            Bytes = 0;
            return taken;
        }
    }

    /// <summary>Takes nothing new; ends when everything queued has been answered.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_loops == 0)
                _drained.TrySetResult();
            return _drained.Task;
        }
    }
}
