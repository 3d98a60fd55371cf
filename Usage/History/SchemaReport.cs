using LaunchStack.Usage.Background;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Usage.History;

/// <summary>Says once, at start, what kind of database a service works on.</summary>
public sealed partial class SchemaReport(UsageReader reader, TimeProvider time, ILogger<SchemaReport> logger) : RecurringService(time, logger)
{
    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    public override string Work => "Looking at the database";

    /// <inheritdoc/>
    protected override async Task<TimeSpan?> RunRoundAsync(CancellationToken stoppingToken)
    {
        var database = await reader.DetectAsync(stoppingToken);
        Found(database.Schema, database.Table, database.TimescaleVersion, database.HasBackgroundWorkers);
        return null;
    }

    [LoggerMessage(1, LogLevel.Information, "Samples are in the {Schema} table {Table} (TimescaleDB {Version}, background workers: {Workers})", EventName = "SchemaFound")]
    private partial void Found(UsageSchema schema, string table, Version? version, bool workers);
}
