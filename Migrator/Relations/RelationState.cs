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
        var rows = await target.QueryAsync(
            $"SELECT {(hasId ? "id" : "NULL::uuid")}, {RelationSql.TargetHash(shape)}, {own} FROM {shape.Name}",
            r => (Id: r.IsDBNull(0) ? default : r.GetGuid(0), Hash: r.GetGuid(1), IsOwn: r.GetBoolean(2)), cancellationToken);
        return new(
            hasId ? rows.ToDictionary(r => r.Id, r => r.Hash) : new Dictionary<Guid, Guid>(),
            hasId ? new Dictionary<Guid, int>() : rows.GroupBy(r => r.Hash).ToDictionary(g => g.Key, g => g.Count()),
            rows.Where(r => r.IsOwn).Select(r => r.Id).ToHashSet(),
            await new Quarantine(target).HashesAsync(shape.Name, cancellationToken));
    }

    /// <summary>Rows that the server itself refused when they were written, by its words; they are refused again until something else changes.</summary>
    public IReadOnlyDictionary<Guid, string> Refused { get; } = Quarantined.Where(q => IsRefusal(q.Reason))
        .GroupBy(q => q.Hash).ToDictionary(g => g.Key, g => g.First().Reason);

    private static bool IsRefusal(string reason) => reason.Length > 6 && reason[5] == ':' && reason[..5].All(char.IsAsciiLetterOrDigit);
}
