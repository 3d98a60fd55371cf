namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Something that somebody should look at.</summary>
/// <param name="Name">Name of the rule, and of its health check.</param>
/// <param name="Subject">What it is about: a job, a chunk, a rollup; empty for the database as a whole.</param>
/// <param name="Reason">What was seen, in figures, and the threshold.</param>
/// <param name="Since">When it was first seen.</param>
/// <param name="Runbook">Where meaning, impact, diagnosis and remedy stand.</param>
public sealed record Alarm(string Name, string Subject, string Reason, DateTimeOffset Since, string Runbook);
