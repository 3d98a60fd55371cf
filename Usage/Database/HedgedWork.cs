namespace LaunchStack.Usage.Database;

/// <summary>Work that goes on, and, where it may run twice, its second run once the first is silent for long. Not thread-safe.</summary>
internal sealed class HedgedWork<T>
{
    // A read that takes this long on a server that answers is worth a second one.
    private static readonly TimeSpan HedgeAfter = TimeSpan.FromSeconds(0.7);

    private readonly Func<CancellationToken, Task<T>> _action;
    private readonly ReadHedge? _hedge;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Task<T> _first;
    private readonly CancellationTokenSource _givenUp;
    private Task<T>? _second;

    /// <summary>Starts it.</summary>
    /// <param name="action">The work.</param>
    /// <param name="hedge">Of work that may run twice.</param>
    /// <param name="givenUp">Of both runs.</param>
    /// <param name="time">Clock of the second run.</param>
    public HedgedWork(Func<CancellationToken, Task<T>> action, ReadHedge? hedge, CancellationTokenSource givenUp, TimeProvider time)
    {
        (_action, _hedge, _givenUp, _time, _started) = (action, hedge, givenUp, time, time.GetTimestamp());
        Run = _first = action(givenUp.Token);
    }

    /// <summary>The run that counts: the first, unless the second was faster.</summary>
    public Task<T> Run { get; private set; }

    /// <summary>Waits for the end of a run.</summary>
    /// <returns>False when <paramref name="atMost"/> has passed without one.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await (_second is null ? (Task)_first : Task.WhenAny(_first, _second))
            .WaitAsync(atMost, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_first.IsCompleted || cancellationToken.IsCancellationRequested)
            return true;
        if (_second is not { IsCompleted: true } second)
            return false;
        if (second.IsCompletedSuccessfully)
        {
            _hedge!.HasWon();
            Run = second;
        }
        else
        {
            // A second run that fails says nothing about the first.
            DatabaseProbe.Forget(second);
            _second = null;
        }
        return true;
    }

    /// <summary>Starts the second run where it is worth one.</summary>
    public void Hedge()
    {
        if (_second is null && !_first.IsCompleted && _time.GetElapsedTime(_started) > HedgeAfter)
            _second = _hedge?.TryStart(() => _action(_givenUp.Token), _started);
    }

    /// <summary>Cancels what still runs; nobody waits for the run that does not count.</summary>
    public void Cancel()
    {
        if (Run != _first)
            DatabaseProbe.Forget(_first);
        else if (_second is not null)
            DatabaseProbe.Forget(_second);
        if (!_first.IsCompleted || _second is { IsCompleted: false })
            DatabaseProbe.Cancel(_givenUp);
    }
}
