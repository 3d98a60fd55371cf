namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// Lets one request after the other begin the counters of a sum. Two that began them at once, at different steps, would each take its own
/// series for the whole sum, and the second would look like traffic.
/// </summary>
internal sealed class CounterStart : IDisposable
{
    private readonly List<SumGroup> _held = [];

    private CounterStart()
    {
    }

    /// <summary>Waits until nobody else is beginning any of these.</summary>
    public static async ValueTask<CounterStart> EnterAsync(IEnumerable<SumGroup> groups, CancellationToken cancellationToken)
    {
        var start = new CounterStart();
        try
        {
            // In one order for all, or two requests would wait for each other.
            foreach (var group in groups.OrderBy(group => group.Id))
            {
                await group.Starting.WaitAsync(cancellationToken);
                start._held.Add(group);
            }
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
        foreach (var group in _held)
        {
            group.IsStarted = true;
            group.Starting.Release();
        }
        _held.Clear();
    }
}
