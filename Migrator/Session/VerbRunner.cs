using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Session;

/// <summary>Runs a verb. Whatever ends it, the cause is the last line.</summary>
internal static class VerbRunner
{
    public static async Task<int> RunAsync(Func<MigratorSession, CancellationToken, Task<int>> verb, CancellationToken cancellationToken)
    {
        string cause;
        try
        {
            await using var session = MigratorSession.Create();
            var started = TimeProvider.System.GetTimestamp();
            try
            {
                return await VerbRetry.RunAsync(
                    () => verb(session, cancellationToken), session.Logger, TimeProvider.System, cancellationToken);
            }
            catch (Exception error) when (PostgresErrors.IsLostDatabase(error))
            {
                cause = await LostDatabase.DescribeAsync(error, TimeProvider.System.GetElapsedTime(started), session.Databases);
            }
        }
        catch (RefusedException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Refused;
        }
        catch (UsageException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Usage;
        }
        catch (SchemaException error)
        {
            cause = error.Message;
        }
        catch (Exception error) when (error is PostgresException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            cause = $"Failed. Run the migrator again once the cause is gone; it goes on where it was.{Environment.NewLine}Cause: {ErrorText.Describe(error)}";
        }
        catch (OperationCanceledException)
        {
            cause = "Stopped. Run the migrator again; it goes on where it was.";
        }
        catch (Exception error)
        {
            // A fault of ours: the trace for whoever mends it, then the cause as the last line.
            await Console.Error.WriteLineAsync(error.ToString());
            cause = $"Failed by a fault of the migrator. Cause: {error.GetType().Name}: {error.Message}";
        }

        await Console.Error.WriteLineAsync(cause);
        return ExitCode.Failed;
    }
}
