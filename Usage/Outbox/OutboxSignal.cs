namespace LaunchStack.Usage.Outbox;

/// <summary>Tells the relay that a commit has put rows into the outbox, so that it need not poll fast.</summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim _rows = new(0, 1);
    private int _due;

    /// <summary>Wakes the relay; calls while it is awake fold into one.</summary>
    public void Notify()
    {
        // Every commit calls this: a wake-up that is already due must not cost an exception.
        if (Interlocked.Exchange(ref _due, 1) == 0)
            _rows.Release();
    }

    /// <summary>Returns on <see cref="Notify"/> or after <paramref name="longest"/>.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        // What is notified between the two lines is seen by the caller, who looks at the table next.
        if (await _rows.WaitAsync(longest, cancellationToken))
            Volatile.Write(ref _due, 0);
    }

    /// <inheritdoc />
    public void Dispose() => _rows.Dispose();
}
