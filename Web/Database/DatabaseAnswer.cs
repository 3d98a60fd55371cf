namespace LaunchStack.Web.Database;

/// <summary>The last reading of operations, and what follows from it.</summary>
internal sealed record DatabaseAnswer(IReadOnlyList<AlarmRow> Alarms, DatabaseRow Database);
