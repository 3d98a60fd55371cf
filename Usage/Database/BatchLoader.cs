namespace LaunchStack.Usage.Database;

/// <summary>
/// Looks up what many ask for at the same time, in one statement for all that wait: while one runs, the next collects. So a burst of
/// requests on cold caches takes one connection instead of one each. Thread-safe.
/// </summary>
/// <param name="load">Looks up all of the keys; its exception goes to everybody who waits for it.</param>
public sealed class BatchLoader<TKey, TFound>(Func<IReadOnlySet<TKey>, Task<TFound>> load)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private Batch? _waiting;
    private bool _running;

    /// <summary>What was found, for these keys and for whatever else was looked up with them.</summary>
    public Task<TFound> LoadAsync(IEnumerable<TKey> keys, CancellationToken cancellationToken)
    {
        Batch batch;
        bool starts;
        lock (_gate)
        {
            batch = _waiting ??= new();
            batch.Keys.UnionWith(keys);
            starts = !_running;
            _running = true;
        }
        if (starts)
        {
            // The loop outlives this request: it must not inherit its span or its logging scope.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(RunAsync, CancellationToken.None);
        }
        return batch.Found.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        while (Take() is { } batch)
        {
            try
            {
                batch.Found.SetResult(await load(batch.Keys));
            }
            catch (Exception e)
            {
                // Not swallowed: each of those who wait gets it.
                batch.Found.SetException(e);
            }
        }
    }

    private Batch? Take()
    {
        lock (_gate)
        {
            var batch = _waiting;
            _waiting = null;
            _running = batch is not null;
            return batch;
        }
    }

    private sealed class Batch
    {
        public HashSet<TKey> Keys { get; } = [];

        public TaskCompletionSource<TFound> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
