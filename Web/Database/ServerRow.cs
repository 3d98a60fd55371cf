namespace LaunchStack.Web.Database;

/// <summary>The server.</summary>
internal sealed record ServerRow(string PostgresVersion, string? TimescaleVersion, bool Embedded, double DatabaseBytes, DateTimeOffset StartedAt);
