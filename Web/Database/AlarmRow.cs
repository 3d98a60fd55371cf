namespace LaunchStack.Web.Database;

/// <summary>Something that somebody should look at.</summary>
internal sealed record AlarmRow(string Name, string Subject, string Reason, DateTimeOffset Since, string Runbook);
