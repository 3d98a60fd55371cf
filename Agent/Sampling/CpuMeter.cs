namespace LaunchStack.Agent.Sampling;

/// <summary>Turns a running total of CPU time into percent of one core since the reading before.</summary>
internal sealed class CpuMeter(TimeProvider time)
{
    private (TimeSpan Used, long At)? _last;

    /// <returns>100 per core kept busy; null for the first reading and after the total fell.</returns>
    public double? Percent(TimeSpan? used)
    {
        if (used is not { } total)
            return null;

        var now = time.GetTimestamp();
        var before = _last;
        _last = (total, now);
        if (before is not { } last || total < last.Used)
            return null;

        var elapsed = time.GetElapsedTime(last.At, now);
        return elapsed > TimeSpan.Zero ? Math.Round(100 * ((total - last.Used) / elapsed), 3) : null;
    }
}
