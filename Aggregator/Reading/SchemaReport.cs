using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Reading;

/// <summary>Says once, at start, what is read from.</summary>
internal sealed partial class SchemaReport(UsageReader reader, TimeProvider time, ILogger<SchemaReport> logger) : RecurringService(time, logger)
{
    private readonly ILogger _logger = logger;

    public override string Work => "Reading";

    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        var database = await reader.DetectAsync(stoppingToken);
        Found(database.Schema, database.Table, database.TimescaleVersion, database.HasBackgroundWorkers);
        return null;
    }

    [LoggerMessage(1, LogLevel.Information, "Reading the {Schema} table {Table} (TimescaleDB {Version}, background workers: {Workers})", EventName = "SchemaFound")]
    private partial void Found(UsageSchema schema, string table, Version? version, bool workers);
}
