using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Alarms about the server.</summary>
internal static class ServerRules
{
    // The services' pools together leave eight of a hundred.
    private const double MaxConnections = 0.90;

    // Autovacuum begins at 200 million by default; the server refuses writes at 2.1 billion.
    private const long OldestTransaction = 1_000_000_000;

    private const double MaxLagSeconds = 60;
    private const long MaxLagBytes = 1L << 30;

    public static IReadOnlyList<AlarmRule> All { get; } =
    [
        new("connections-nearly-used", TimeSpan.FromSeconds(20), snapshot => snapshot.Connections is { } c && c.Used > c.Limit * MaxConnections
            ? [new Finding("", $"{c.Used} of {c.Limit} connections are open ({c.Active} active, {c.IdleInTransaction} idle in a transaction).")]
            : []),
        new("transaction-id-age", TimeSpan.Zero, snapshot => snapshot.Transactions is { } t && t.OldestIdAge > OldestTransaction
            ? [new Finding("", $"The oldest transaction id is {t.OldestIdAge:N0} transactions old; vacuum should keep it below {t.FreezeMaxAge:N0}, the server stops at 2,100,000,000.")]
            : []),
        new("replication-lag", TimeSpan.FromSeconds(20), snapshot => snapshot.Replicas
            .Where(replica => replica.LagSeconds > MaxLagSeconds || replica.LagBytes > MaxLagBytes)
            .Select(replica => new Finding(replica.Name, $"Replica {replica.Name} ({replica.State}) is {Text.Bytes(replica.LagBytes ?? 0)} and {Text.Span(replica.LagSeconds)} behind."))),
        new("replication-slot-inactive", TimeSpan.FromSeconds(20), snapshot => snapshot.Slots
            .Where(slot => !slot.Active && slot.RetainedBytes > MaxLagBytes)
            .Select(slot => new Finding(slot.Name, $"Nobody reads replication slot {slot.Name}; it keeps {Text.Bytes(slot.RetainedBytes)} of log on the disk."))),
    ];
}
