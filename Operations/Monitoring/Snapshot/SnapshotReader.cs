using LaunchStack.Operations.Backups;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>
/// Reads the state of the database without getting in anybody's way: catalogs, statistics and sizes that the server keeps anyway, in
/// short statements that wait for no lock. What is locked keeps its last values.
/// </summary>
internal sealed class SnapshotReader(DatabaseExecutor executor, DiskReader disk, BackupStore backups, TimeProvider time)
{
    private readonly LatenessReader _lateness = new(time);

    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public async Task<DatabaseSnapshot> ReadAsync(DatabaseSnapshot? before, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var unread = new List<UnreadPart>();
        var server = await executor.ReadAsync((c, token) => ServerReader.ServerAsync(c, disk.MemoryBytes, token), cancellationToken);
        var log = await PartAsync("log", before?.Log, ServerReader.LogAsync);
        var current = new DatabaseSnapshot(
            time.GetUtcNow(), 0, server, [], [], null, [], [], null,
            server.Embedded ? null : await PartAsync("connections", before?.Connections, ServerReader.ConnectionsAsync),
            await PartAsync("transactions", before?.Transactions, ServerReader.TransactionsAsync),
            log,
            await PartAsync("replicas", before?.Replicas ?? [], ServerReader.ReplicasAsync),
            await PartAsync("slots", before?.Slots ?? [], ServerReader.SlotsAsync),
            disk.Read(server.DatabaseBytes + (log?.KeptBytes ?? 0)), null, backups.State(), unread);

        // The original schema has none of this.
        if (await executor.ReadAsync((c, token) => c.ScalarAsync<bool>("SELECT to_regclass('public.policy_runs') IS NOT NULL", token), cancellationToken))
        {
            current = current with
            {
                Relations = await RelationsAsync(before?.Relations ?? []),
                OverdueChunks = await PartAsync("overdue_chunks", before?.OverdueChunks ?? [], RelationReader.OverdueChunksAsync),
                OpenChunks = await PartAsync("open_chunks", before?.OpenChunks, RelationReader.OpenChunksAsync),
                Jobs = await PartAsync("jobs", before?.Jobs ?? [], JobReader.ReadAsync),
                Rollups = await PartAsync("rollups", before?.Rollups ?? [], RollupReader.ReadAsync),
                Outbox = await PartAsync("outbox", before?.Outbox, ServerReader.OutboxAsync),
                Lateness = await PartAsync("lateness", before?.Lateness, _lateness.ReadAsync),
            };
        }
        return current with { ReadSeconds = time.GetElapsedTime(started).TotalSeconds };

        async Task<IReadOnlyList<RelationState>> RelationsAsync(IReadOnlyList<RelationState> last)
        {
            var relations = new List<RelationState>();
            foreach (var relation in await PartAsync("relations", last, RelationReader.ListAsync))
                relations.Add(await PartAsync(relation.Name, Sized(relation, last), (c, token) => RelationReader.SizeAsync(c, relation, token)));
            return relations;
        }

        async Task<T> PartAsync<T>(string part, T last, Func<NpgsqlConnection, CancellationToken, Task<T>> read) =>
            await executor.ReadAsync(
                async (connection, token) =>
                {
                    try
                    {
                        return await read(connection, token);
                    }
                    catch (PostgresException e) when (!PostgresErrors.IsOutage(e) || e.SqlState == PostgresErrorCodes.QueryCanceled)
                    {
                        unread.Add(new(part, $"{e.SqlState}: {e.MessageText}"));
                        return last;
                    }
                }, cancellationToken);
    }

    private static RelationState Sized(RelationState relation, IReadOnlyList<RelationState> last) =>
        last.FirstOrDefault(r => r.Name == relation.Name) is { } known
            ? relation with { Rows = known.Rows, TableBytes = known.TableBytes, IndexBytes = known.IndexBytes, ToastBytes = known.ToastBytes }
            : relation;
}
