using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>What the target holds of a relation, and what of it stands in quarantine.</summary>
/// <param name="ById">Rows by id.</param>
/// <param name="ByHash">How often a row of a table without ids is there.</param>
/// <param name="Own">Instances that have registered themselves.</param>
/// <param name="Quarantined">Rows in quarantine with their reasons.</param>
internal sealed record RelationState(
    IReadOnlyDictionary<Guid, Guid> ById, IReadOnlyDictionary<Guid, int> ByHash, IReadOnlySet<Guid> Own,
    IReadOnlyList<(Guid Hash, string Reason)> Quarantined)
{
    public static async Task<RelationState> ReadAsync(NpgsqlConnection target, RelationShape shape, CancellationToken cancellationToken)
    {
        var hasId = shape.Id is not null;
        var own = shape.Name == "instances" ? "first_seen_at IS NOT NULL OR last_seen_at IS NOT NULL" : "false";
        var (byId, byHash, owned) = (new Dictionary<Guid, Guid>(), new Dictionary<Guid, int>(), new HashSet<Guid>());
        await using (var command = new NpgsqlCommand($"SELECT {(hasId ? "id" : "NULL::uuid")}, {RelationSql.TargetHash(shape)}, {own} FROM {shape.Name}", target))
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                var hash = rows.GetGuid(1);
                if (!hasId)
                    byHash[hash] = byHash.GetValueOrDefault(hash) + 1;
                else if (byId.TryAdd(rows.GetGuid(0), hash) && rows.GetBoolean(2))
                    owned.Add(rows.GetGuid(0));
            }
        }

        byId.TrimExcess();
        return new(byId, byHash, owned, await new Quarantine(target).HashesAsync(shape.Name, cancellationToken));
    }

    /// <summary>Rows that the server itself refused when they were written, by its words; they are refused again until something else changes.</summary>
    public IReadOnlyDictionary<Guid, string> Refused { get; } = Quarantined.Where(q => IsRefusal(q.Reason))
        .GroupBy(q => q.Hash).ToDictionary(g => g.Key, g => g.First().Reason);

    private static bool IsRefusal(string reason) => reason.Length > 6 && reason[5] == ':' && reason[..5].All(char.IsAsciiLetterOrDigit);
}
