using LaunchStack.Usage.Database;
using LaunchStack.Usage.Writing;


namespace LaunchStack.Ingest.Api.Writing;

/// <summary>Says once, at start, what kind of database the samples go into.</summary>
internal sealed partial class DatabaseReport(UsageWriter writer, TimeProvider time, ILogger<DatabaseReport> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var database = await writer.DetectAsync(stoppingToken);
                Found(logger, database.Schema, database.Table, database.TimescaleVersion);
                return;
            }
            catch (DatabaseUnavailableException e)
            {
                NotYet(logger, e.Message);
            }
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Samples go into the {Schema} table {Table} (TimescaleDB {Version})", EventName = "DatabaseFound")]
    private static partial void Found(ILogger logger, UsageSchema schema, string table, Version? version);

    [LoggerMessage(2, LogLevel.Warning, "No sample table yet: {Reason}", EventName = "DatabaseNotReady")]
    private static partial void NotYet(ILogger logger, string reason);
}
