using System.Diagnostics;

namespace LaunchStack.Migrator.Tests.Loss;

/// <summary>Kills at a moment that does not depend on time: when a statement that holds a text has ended at a server for the n-th time.</summary>
internal sealed class KillAtStatement : IDisposable
{
    private readonly ActivityListener _listener;
    private int _left;

    /// <param name="connectionString">The server whose statements count: the tests beside this one use others.</param>
    /// <param name="text">Part of the statement.</param>
    /// <param name="times">How many of them are let through, the last of which is followed by <paramref name="kill"/>.</param>
    /// <param name="kill">Returns when the victim is dead.</param>
    public KillAtStatement(string connectionString, string text, int times, Func<Task> kill)
    {
        _left = times;
        var port = new Npgsql.NpgsqlConnectionStringBuilder(connectionString).Port;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TagObjects.Any(tag => tag.Value is int value && value == port)
                    && activity.TagObjects.Any(tag => tag.Value is string value && value.Contains(text, StringComparison.Ordinal))
                    && Interlocked.Decrement(ref _left) == 0)
                    Task.Run(kill).Wait();
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Whether it came to that.</summary>
    public bool Happened => _left <= 0;

    public void Dispose() => _listener.Dispose();
}
