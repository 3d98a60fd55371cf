using LaunchStack.Usage.Database;

namespace LaunchStack.Usage.Tests.Database;

public sealed class BatchLoaderTests : IDisposable
{
    private readonly List<IReadOnlySet<int>> _loads = [];
    private readonly SemaphoreSlim _mayAnswer = new(0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _mayAnswer.Dispose();

    [Fact]
    public async Task What_is_asked_for_while_a_look_up_runs_shares_the_next()
    {
        var loader = Loader();
        var first = loader.LoadAsync([1], Token);
        await StartedAsync(1);
        var waiting = Enumerable.Range(2, 1000).Select(key => loader.LoadAsync([key], Token)).ToList();

        _mayAnswer.Release(2);
        Assert.Equal("1", (await first)[1]);
        var found = await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(2, 1000).Select(key => $"{key}"), found.Select((f, i) => f[i + 2]));
        Assert.Equal([1, 1000], _loads.Select(keys => keys.Count));
    }

    [Fact]
    public async Task A_failure_goes_to_all_who_wait_for_it_and_to_nobody_after()
    {
        var fails = true;
        var loader = new BatchLoader<int, int>(async keys =>
        {
            await _mayAnswer.WaitAsync(Token);
            return fails ? throw new InvalidOperationException("away") : keys.Count;
        });
        var one = loader.LoadAsync([1], Token);
        _mayAnswer.Release();
        await Assert.ThrowsAsync<InvalidOperationException>(() => one);

        fails = false;
        _mayAnswer.Release();
        Assert.Equal(2, await loader.LoadAsync([1, 2], Token));
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_look_up_to_the_others()
    {
        var loader = Loader();
        using var impatient = new CancellationTokenSource();
        var given = loader.LoadAsync([1], impatient.Token);
        var other = loader.LoadAsync([1], Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        _mayAnswer.Release(2);
        Assert.Equal("1", (await other)[1]);
    }

    private BatchLoader<int, Dictionary<int, string>> Loader() => new(async keys =>
    {
        lock (_loads)
            _loads.Add(keys);
        await _mayAnswer.WaitAsync(Token);
        return keys.ToDictionary(key => key, key => $"{key}");
    });

    private Task StartedAsync(int count) => TestSupport.Wait.UntilAsync(
        () =>
        {
            lock (_loads)
                return _loads.Count == count;
        },
        "the look-up runs");
}
