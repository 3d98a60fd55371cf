using LaunchStack.Usage.Writing;

namespace LaunchStack.Aggregator.Reading;

/// <summary>
/// Turns at work that is heavy: so many at once for one owner, and so many in all, fewer than would hold everything up. Whoever has waited
/// for long, or asks for far more than his own, is told to come again. Thread-safe.
/// </summary>
/// <param name="what">What it is, as in "reads".</param>
/// <param name="ofOwner">Most at once of one owner.</param>
/// <param name="ofAll">Most at once.</param>
/// <param name="patience">Longest wait.</param>
internal sealed class Turns(string what, int ofOwner, int ofAll, TimeSpan patience) : IDisposable
{
    // A page of charts asks for all of them at once.
    private const int MaxWaiting = 32;

    private readonly Dictionary<Guid, Share> _shares = [];
    private readonly SemaphoreSlim _free = new(ofAll, ofAll);

    /// <summary>A turn, until it is disposed of.</summary>
    /// <exception cref="TooManyRequestsException">There is none for now.</exception>
    public async Task<IDisposable> TakeAsync(Guid owner, CancellationToken cancellationToken)
    {
        var share = Join(owner);
        try
        {
            if (!await share.Free.WaitAsync(patience, cancellationToken))
                throw Busy($"{ofOwner} {what} of this owner are running already: send fewer at a time");
            try
            {
                if (!await _free.WaitAsync(patience, cancellationToken))
                    throw Busy($"{ofAll} {what} are running already, more than one owner's");
            }
            catch
            {
                share.Free.Release();
                throw;
            }
        }
        catch
        {
            Leave(owner, share);
            throw;
        }
        return new Turn(this, owner, share);
    }

    public void Dispose() => _free.Dispose();

    private Share Join(Guid owner)
    {
        lock (_shares)
        {
            if (!_shares.TryGetValue(owner, out var share))
                _shares.Add(owner, share = new(new(ofOwner, ofOwner)));
            if (share.Members == ofOwner + MaxWaiting)
                throw Busy($"{ofOwner} {what} of this owner are running already, and {MaxWaiting} wait: send fewer at a time");
            share.Members++;
            return share;
        }
    }

    private void Leave(Guid owner, Share share)
    {
        lock (_shares)
        {
            if (--share.Members == 0)
            {
                _shares.Remove(owner);
                share.Free.Dispose();
            }
        }
    }

    private TooManyRequestsException Busy(string cause) => new($"{cause}, and this one again after {patience.TotalSeconds:0} seconds.", patience);

    private sealed class Share(SemaphoreSlim free)
    {
        public SemaphoreSlim Free => free;

        public int Members { get; set; }
    }

    private sealed class Turn(Turns turns, Guid owner, Share share) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, true))
                return;
            turns._free.Release();
            share.Free.Release();
            turns.Leave(owner, share);
        }
    }
}
