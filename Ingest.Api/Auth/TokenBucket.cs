namespace LaunchStack.Ingest.Api.Auth;

/// <summary>
/// A rate with a burst. What is larger than the burst passes while the bucket is full, and is paid off afterwards. After a refusal the
/// bucket stays shut until what was refused would fit: smaller requests do not starve it, and none has to be read to be refused.
/// </summary>
internal sealed class TokenBucket(double perSecond, double burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly double _burst = burst;
    private double _tokens = burst;
    private long _at = time.GetTimestamp();
    private TimeSpan _shutFor;
    private long _shutAt;

    /// <summary>Whether anything may pass, or when it may.</summary>
    public bool IsOpen(out TimeSpan retryAfter)
    {
        lock (_gate)
            return IsOpen(time.GetTimestamp(), out retryAfter);
    }

    /// <summary>Takes <paramref name="count"/> tokens, or says when they will be there.</summary>
    public bool TryTake(int count, out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (!IsOpen(now, out retryAfter))
                return false;
            Fill(now);
            var needed = Math.Min(count, _burst);
            if (_tokens < needed)
            {
                retryAfter = TimeSpan.FromSeconds((needed - _tokens) / perSecond);
                (_shutAt, _shutFor) = (now, retryAfter);
                return false;
            }
            _tokens -= count;
            return true;
        }
    }

    /// <summary>Takes as many of <paramref name="count"/> tokens as are there. The rest shuts nothing: it does not wait for its turn.</summary>
    public int TakeUpTo(int count)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (!IsOpen(now, out _))
                return 0;
            Fill(now);
            var taken = (int)Math.Clamp(Math.Floor(_tokens), 0, count);
            _tokens -= taken;
            return taken;
        }
    }

    /// <summary>Takes tokens for what is done already. Nothing passes until what was not there is paid off.</summary>
    public void Spend(double count)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            Fill(now);
            _tokens -= count;
            if (_tokens < 0)
                (_shutAt, _shutFor) = (now, TimeSpan.FromSeconds(-_tokens / perSecond));
        }
    }

    private void Fill(long now)
    {
        _tokens = Math.Min(_burst, _tokens + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
        _at = now;
    }

    private bool IsOpen(long now, out TimeSpan retryAfter)
    {
        retryAfter = _shutFor - time.GetElapsedTime(_shutAt, now);
        if (retryAfter > TimeSpan.Zero)
            return false;
        (retryAfter, _shutFor) = (TimeSpan.Zero, TimeSpan.Zero);
        return true;
    }
}
