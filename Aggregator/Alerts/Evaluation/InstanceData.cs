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
        var (low, high) = (0, Targets.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Targets[middle].ChangedAt > cutoff)
                high = middle;
            else
                low = middle + 1;
        }
        return low == 0 ? null : Targets[low - 1];
    }

    /// <summary>The samples with times in (<paramref name="from"/>, <paramref name="to"/>], known or not.</summary>
    public ReadOnlyMemory<AlertSample> Between(DateTimeOffset from, DateTimeOffset to)
    {
        var first = After(from.UtcTicks);
        return Samples[first..Math.Max(first, After(to.UtcTicks))];
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
