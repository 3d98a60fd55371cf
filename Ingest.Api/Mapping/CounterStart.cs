namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Lets one request after the other begin the counters of a sum. Two that began them at once, at different steps, would each take its own
/// series for the whole sum, and the second would look like traffic. Likewise where they go on after a silence.
/// </summary>
internal sealed class CounterStart : IDisposable
{
    private readonly List<(SumGroup Group, long Time)> _held = [];
    private bool _isRead;

    private CounterStart()
    {
    }

    /// <summary>Waits until nobody else is beginning any of these, then has them go on from what is stored.</summary>
    /// <param name="groups">The groups, each with the time of its first new value, nanoseconds since 1970.</param>
    /// <param name="stored">Knows what is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<CounterStart> EnterAsync(
        IReadOnlyDictionary<SumGroup, long> groups, StoredCounters stored, CancellationToken cancellationToken)
    {
        var start = new CounterStart();
        try
        {
            // In one order for all, or two requests would wait for each other.
            foreach (var group in groups.Keys.OrderBy(group => group.Id))
            {
                await group.Starting.WaitAsync(cancellationToken);
                start._held.Add((group, groups[group]));
            }
            await stored.GoOnAsync([.. start._held.Where(due => due.Group.IsDue(due.Time)).Select(due => (due.Group, SeriesAggregator.ToMicroseconds(due.Time)))], cancellationToken);
            start._isRead = true;
        }
        catch
        {
            start.Dispose();
            throw;
        }
        return start;
    }

    /// <summary>Lets the others go on.</summary>
    public void Dispose()
    {
        foreach (var (group, time) in _held)
        {
            if (_isRead)
                group.Start(time);
            group.Starting.Release();
        }
        _held.Clear();
    }
}
