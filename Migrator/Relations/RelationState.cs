using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>What the target holds of a relation, and what of it stands in quarantine. The original's rows are entered beside its own.</summary>
/// <param name="expected">How many rows with an id either side has.</param>
internal sealed class RelationState(long expected)
{
    /// <summary>Rows by id.</summary>
    public RowHashTable ById { get; } = new(expected);

    /// <summary>How often a row of a table without ids is here, and is to be.</summary>
    public Dictionary<Guid, (int Here, int There)> ByHash { get; } = [];

    /// <summary>Rows that the target holds.</summary>
    public long Rows { get; private set; }

    /// <summary>Of these, instances that have registered themselves.</summary>
    public long Own { get; private set; }

    /// <summary>Rows in quarantine with their reasons.</summary>
    public List<(Guid Hash, string Reason)> Quarantined { get; private init; } = [];

    /// <summary>Rows that the server itself refused when they were written, by <see cref="RowHashTable.Part"/>; they are refused again until something else changes.</summary>
    public HashSet<ulong> Refused { get; private init; } = [];

    /// <param name="target">The target.</param>
    /// <param name="shape">Its table.</param>
    /// <param name="expected">How many rows the original has.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationState> ReadAsync(NpgsqlConnection target, RelationShape shape, long expected, CancellationToken cancellationToken)
    {
        var quarantined = await new Quarantine(target).HashesAsync(shape.Name, cancellationToken);
        var count = shape.Id is null ? 0 : Math.Max(expected, await target.ScalarAsync<long>($"SELECT count(*) FROM {shape.Name}", cancellationToken));
        var state = new RelationState(count)
        {
            Quarantined = quarantined, Refused = [.. quarantined.Where(q => IsRefusal(q.Reason)).Select(q => RowHashTable.Part(q.Hash))],
        };
        var own = shape.Name == "instances" ? "first_seen_at IS NOT NULL OR last_seen_at IS NOT NULL" : "false";
        await using var command = new NpgsqlCommand($"SELECT {(shape.Id is null ? "NULL::uuid" : "id")}, {RelationSql.TargetHash(shape)}, {own} FROM {shape.Name}", target);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            state.Add(shape.Id is null ? null : rows.GetGuid(0), rows.GetGuid(1), rows.GetBoolean(2));
        return state;
    }

    private void Add(Guid? id, Guid hash, bool isOwn)
    {
        Rows++;
        if (id is null)
        {
            ByHash[hash] = (ByHash.GetValueOrDefault(hash).Here + 1, 0);
            return;
        }

        ref var row = ref ById.Get(id.Value);
        (row.Hash, row.State) = (RowHashTable.Part(hash), isOwn ? RowState.Here | RowState.Own : RowState.Here);
        Own += isOwn ? 1 : 0;
    }

    private static bool IsRefusal(string reason) => reason.Length > 6 && reason[5] == ':' && reason[..5].All(char.IsAsciiLetterOrDigit);
}
