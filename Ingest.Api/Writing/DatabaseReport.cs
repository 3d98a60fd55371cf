using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Writing;

/// <summary>Says once, at start, what kind of database the samples go into.</summary>
internal sealed partial class DatabaseReport(UsageWriter writer, TimeProvider time, ILogger<DatabaseReport> logger) : RecurringService(time, logger)
{
    private readonly ILogger _logger = logger;

    public override string Work => "Writing";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        var database = await writer.DetectAsync(stoppingToken);
        Found(database.Schema, database.Table, database.TimescaleVersion);
        return null;
    }

    [LoggerMessage(1, LogLevel.Information, "Samples go into the {Schema} table {Table} (TimescaleDB {Version})", EventName = "DatabaseFound")]
    private partial void Found(UsageSchema schema, string table, Version? version);
}
