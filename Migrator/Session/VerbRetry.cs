using LaunchStack.Migrator.Database;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;

namespace LaunchStack.Migrator.Session;

/// <summary>Runs a verb again, which goes on where it was, after what ends it without being a fault of it.</summary>
internal static class VerbRetry
{
    /// <summary>Ends that a verb survives.</summary>
    public const int Retries = 4;

    /// <summary>Runs <paramref name="work"/>, and again after a pause in which a standby catches up, or a background job ends.</summary>
    /// <exception cref="RefusedException">Each time there was a conflict with a standby's recovery.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> work, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        var retry = new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new()
        {
            // "tuple concurrently updated" is an internal error, after which Npgsql closes the connection: the statement cannot go again, the verb can.
            ShouldHandle = new PredicateBuilder().Handle<PostgresException>(PostgresErrors.IsLostRace).Handle<Exception>(RecoveryConflict.Is),
            MaxRetryAttempts = Retries,
            BackoffType = DelayBackoffType.Linear,
            Delay = TimeSpan.FromSeconds(1),
            OnRetry = retried =>
            {
                var error = retried.Outcome.Exception!;
                if (RecoveryConflict.Is(error))
                    RecoveryConflict.Log(logger, error);
                else if (error is PostgresException race)
                    DatabaseLog.LostRace(logger, $"{race.SqlState}: {race.MessageText}");
                return default;
            },
        }).Build();

        try
        {
            return await retry.ExecuteAsync(async _ => await work(), cancellationToken);
        }
        catch (Exception error) when (RecoveryConflict.Is(error))
        {
            throw RecoveryConflict.Refuse(Retries + 1, error);
        }
    }
}
