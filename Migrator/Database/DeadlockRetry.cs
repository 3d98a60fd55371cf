using Npgsql;
using Polly;

namespace LaunchStack.Migrator.Database;

/// <summary>Schema changes, policies and refreshes can meet a background job that began before it was paused; the database ends one of the two.</summary>
internal static class DeadlockRetry
{
    // At once: the other one has gone on meanwhile.
    private static readonly ResiliencePipeline Retry = new ResiliencePipelineBuilder().AddRetry(new()
    {
        ShouldHandle = new PredicateBuilder().Handle<PostgresException>(error => error.SqlState == PostgresErrorCodes.DeadlockDetected && !RecoveryConflict.Is(error)),
        MaxRetryAttempts = 4,
        Delay = TimeSpan.Zero,
    }).Build();

    /// <summary>Repeats <paramref name="work"/>, which leaves nothing behind when it fails, while it loses against another.</summary>
    public static async Task RunAsync(Func<Task> work) => await Retry.ExecuteAsync(async _ => await work());

    /// <summary>Likewise, with a result.</summary>
    public static async Task<T> RunAsync<T>(Func<Task<T>> work) => await Retry.ExecuteAsync(async _ => await work());
}
