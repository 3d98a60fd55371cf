using System.Diagnostics;

namespace LaunchStack.TestSupport;

/// <summary>Waiting on a condition, never on a clock.</summary>
public static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Returns as soon as <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">It did not within <paramref name="limit"/> (30 s); the message says what was awaited.</exception>
    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? limit = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, limit);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string, TimeSpan?)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var most = limit ?? TimeSpan.FromSeconds(30);
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > most)
                throw new TimeoutException($"Waited {most.TotalSeconds:0.#} s for this and it did not come true: {what}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Returns as soon as a service that was started answers <c>/alive</c>.</summary>
    /// <exception cref="TimeoutException">It did not within a minute; the message ends with <paramref name="what"/>.</exception>
    public static Task UntilAliveAsync(HttpClient client, string what) => UntilAsync(
        async () =>
        {
            try
            {
                using var answer = await client.GetAsync(new Uri("/alive", UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        what, TimeSpan.FromMinutes(1));
}
