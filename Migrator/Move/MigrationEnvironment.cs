using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Move;

/// <summary>Where a move takes place, and where it says what it does.</summary>
/// <param name="Original">Connection string of the original.</param>
/// <param name="Target">Connection string of the target.</param>
/// <param name="Lifecycle">The target's windows.</param>
/// <param name="Logger">For lines about the work.</param>
/// <param name="Time">The clock.</param>
/// <param name="Progress">For how far it is.</param>
internal sealed record MigrationEnvironment(
    string Original, string Target, LifecycleOptions Lifecycle, ILogger Logger, TimeProvider Time, CopyProgress Progress) : IDisposable
{
    /// <summary>Connections to each side that work at once, where both have as many.</summary>
    public int Workers { get; init; } = System.Environment.ProcessorCount;

    /// <param name="cancellationToken">Stops.</param>
    /// <param name="isFurther">One that can be done without.</param>
    /// <exception cref="SchemaException">It cannot be reached.</exception>
    /// <exception cref="RefusedException">It looks for tables elsewhere than in public.</exception>
    public async Task<NpgsqlConnection> OpenTargetAsync(CancellationToken cancellationToken, bool isFurther = false)
    {
        var target = await DatabaseConnection.OpenAsync(DatabaseConnection.PrepareToWrite(Target), Logger, Time, cancellationToken, isFurther);
        if (await TargetSchema.ProblemAsync(target, cancellationToken) is not { } problem)
            return target;
        await target.DisposeAsync();
        throw new RefusedException(problem);
    }

    public void Dispose() => Progress.Dispose();
}
