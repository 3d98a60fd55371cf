namespace LaunchStack.Ingest.Api.Auth;

/// <summary>A rate with a burst. What is larger than the burst passes while the bucket is full, and is paid off afterwards.</summary>
internal sealed class TokenBucket(double perSecond, double burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly double _burst = burst;
    private double _tokens = burst;
    private long _at = time.GetTimestamp();

    /// <summary>Takes <paramref name="count"/> tokens, or says when they will be there.</summary>
    public bool TryTake(int count, out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(_burst, _tokens + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
            _at = now;
            var needed = Math.Min(count, _burst);
            retryAfter = _tokens >= needed ? TimeSpan.Zero : TimeSpan.FromSeconds((needed - _tokens) / perSecond);
            if (retryAfter > TimeSpan.Zero)
                return false;
            _tokens -= count;
            return true;
        }
    }
}
