namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>What is known of one instance, now or later; what a tick sees of it follows from the tick's cutoff.</summary>
/// <param name="Id">The instance.</param>
/// <param name="Targets">Its changes, oldest first.</param>
/// <param name="Samples">Its samples, oldest first.</param>
internal sealed record InstanceData(Guid Id, IReadOnlyList<InstanceTarget> Targets, ReadOnlyMemory<AlertSample> Samples)
{
    /// <summary>What the instance is at a tick; null before it was registered.</summary>
    public InstanceTarget? TargetAt(DateTimeOffset tick)
    {
        var cutoff = AlertTicks.Cutoff(tick);
        for (var i = Targets.Count - 1; i >= 0; i--)
        {
            if (Targets[i].ChangedAt <= cutoff)
                return Targets[i];
        }
        return null;
    }

    /// <summary>The samples with times in (<paramref name="tick"/> - <paramref name="span"/>, <paramref name="tick"/>], known or not.</summary>
    public ReadOnlySpan<AlertSample> Within(DateTimeOffset tick, TimeSpan span)
    {
        var from = After(tick.UtcTicks - span.Ticks);
        return Samples.Span[from..Math.Max(from, After(tick.UtcTicks))];
    }

    /// <summary>Time of the newest sample in (<paramref name="tick"/> - <paramref name="span"/>, <paramref name="tick"/>] that the tick knows.</summary>
    public DateTimeOffset? NewestAt(DateTimeOffset tick, TimeSpan span)
    {
        var cutoff = AlertTicks.Cutoff(tick).UtcTicks;
        var samples = Within(tick, span);
        for (var i = samples.Length - 1; i >= 0; i--)
        {
            if (samples[i].IsKnownAt(cutoff))
                return new(samples[i].At, TimeSpan.Zero);
        }
        return null;
    }

    // The first sample later than a time.
    private int After(long time)
    {
        var samples = Samples.Span;
        var (low, high) = (0, samples.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (samples[middle].At > time)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
