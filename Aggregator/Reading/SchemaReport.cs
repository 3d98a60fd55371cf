using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;




namespace LaunchStack.Aggregator.Reading;

/// <summary>Says once, at start, what is read from.</summary>
internal sealed partial class SchemaReport(UsageReader reader, TimeProvider time, ILogger<SchemaReport> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 0; !stoppingToken.IsCancellationRequested; attempt++)
        {
            try
            {
                var database = await reader.DetectAsync(stoppingToken);
                Found(database.Schema, database.Table, database.TimescaleVersion, database.HasBackgroundWorkers);
                return;
            }
            catch (DatabaseUnavailableException e)
            {
                if (attempt == 0)
                    NotYet(e.Message);
            }
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Reading the {Schema} table {Table} (TimescaleDB {Version}, background workers: {Workers})", EventName = "SchemaFound")]
    private partial void Found(UsageSchema schema, string table, Version? version, bool workers);

    [LoggerMessage(2, LogLevel.Warning, "Nothing to read yet: {Reason}", EventName = "SchemaNotReady")]
    private partial void NotYet(string reason);
}
