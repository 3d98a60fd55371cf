using System.Threading.Channels;

namespace LaunchStack.Usage.Outbox;

/// <summary>Tells the relay that a commit has put rows into the outbox, so that it need not poll fast.</summary>
public sealed class OutboxSignal(TimeProvider? time = null)
{
    private readonly Channel<bool> _rows = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Wakes the relay; calls while it is awake fold into one.</summary>
    public void Notify() => _rows.Writer.TryWrite(true);

    /// <summary>Returns on <see cref="Notify"/> or after <paramref name="longest"/>.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(longest, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _rows.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
        }
    }
}
