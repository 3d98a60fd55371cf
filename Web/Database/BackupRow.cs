namespace LaunchStack.Web.Database;

/// <summary>A backup.</summary>
public sealed record BackupRow(
    Guid Id, string Name, string State, string Method, string Trigger, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, double Bytes, bool Encrypted, long? Samples,
    string? Error);
