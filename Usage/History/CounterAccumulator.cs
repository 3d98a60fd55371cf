namespace LaunchStack.Usage.History;

/// <summary>
/// Adds the bytes of a counter over pieces in order of time. A reading below the one before it means that the container started
/// again: then the new reading counts whole.
/// </summary>
internal sealed class CounterAccumulator(long? before)
{
    private long? _previous = before;
    private decimal? _total;
    private int _restarts;

    public void Add(in CounterSpan span)
    {
        if (span.First is not { } first)
            return;
        var step = _previous switch
        {
            // The very first reading says nothing: what it counts may be of any age.
            null => 0m,
            { } previous when first < previous => first,
            { } previous => (decimal)first - previous,
        };
        _total = (_total ?? 0) + step + (span.Increase ?? 0);
        // Of a rollup's bucket only the sum is known: one that differs from last minus first holds at least one fall.
        _restarts += (first < _previous ? 1 : 0) + (span is { Increase: { } moved, Last: { } last } && moved != (decimal)last - first ? 1 : 0);
        _previous = span.Last;
    }

    /// <summary>The bytes since the last call; null without a reading.</summary>
    public decimal? Take()
    {
        var total = _total;
        _total = null;
        return total;
    }

    /// <summary>How often it fell since the last call, as far as the pieces tell.</summary>
    public int TakeRestarts()
    {
        var restarts = _restarts;
        _restarts = 0;
        return restarts;
    }
}
