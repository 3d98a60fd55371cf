namespace LaunchStack.Storage;

/// <summary>Tells the relay that a commit has put rows into the outbox, so that it need not poll fast.</summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim _rows = new(0, 1);

    /// <summary>Wakes the relay; calls while it is awake fold into one.</summary>
    public void Notify()
    {
        try
        {
            _rows.Release();
        }
        catch (SemaphoreFullException)
        {
            // A wake-up is already due.
        }
    }

    /// <summary>Returns on <see cref="Notify"/> or after <paramref name="longest"/>.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _rows.WaitAsync(longest, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _rows.Dispose();
}
