namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The slope of a size over time, by least squares.</summary>
/// <param name="span">Older measurements are forgotten.</param>
/// <param name="spacing">Measurements closer to the last one are left out.</param>
internal sealed class GrowthRate(TimeSpan span, TimeSpan spacing)
{
    private readonly Queue<(DateTimeOffset At, double Bytes)> _points = new();
    private DateTimeOffset _last;

    /// <summary>A measurement.</summary>
    public void Add(DateTimeOffset at, double bytes)
    {
        if (_points.Count > 0 && at - _last < spacing)
            return;
        _points.Enqueue((_last = at, bytes));
        while (at - _points.Peek().At > span)
            _points.Dequeue();
    }

    /// <summary>Null until <paramref name="shortest"/> has been measured.</summary>
    public double? BytesPerSecond(TimeSpan shortest)
    {
        if (_points.Count < 2 || _last - _points.Peek().At < shortest)
            return null;
        var start = _points.Peek().At;
        var (meanTime, meanBytes) = (_points.Average(p => (p.At - start).TotalSeconds), _points.Average(p => p.Bytes));
        var (above, below) = (0.0, 0.0);
        foreach (var (at, bytes) in _points)
        {
            var distance = (at - start).TotalSeconds - meanTime;
            above += distance * (bytes - meanBytes);
            below += distance * distance;
        }
        return above / below;
    }
}
