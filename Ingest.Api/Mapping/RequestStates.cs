using System.Runtime.InteropServices;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The new states of the series that a request has brought something of, in the order in which it did.</summary>
internal sealed class RequestStates
{
    private readonly Dictionary<Series, SeriesState> _stateOf = [];
    private readonly List<(Series Series, SeriesState State)> _states = [];

    public ReadOnlySpan<(Series Series, SeriesState State)> All => CollectionsMarshal.AsSpan(_states);

    public int Count => _states.Count;

    /// <summary>A series' state to work on.</summary>
    public SeriesState Own(Series series)
    {
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(_stateOf, series, out _);
        if (state is null)
            _states.Add((series, state = series.State.Copy()));
        return state;
    }

    /// <summary>A series' state as the request sees it.</summary>
    public SeriesState Of(Series series) => _stateOf.GetValueOrDefault(series) ?? series.State;
}
