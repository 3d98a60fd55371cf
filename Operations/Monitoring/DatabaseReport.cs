using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring;

/// <summary>A reading and what follows from it.</summary>
/// <param name="Alarms">Those that hold, oldest first.</param>
/// <param name="Database">The reading.</param>
public sealed record DatabaseReport(IReadOnlyList<Alarm> Alarms, DatabaseSnapshot Database);
