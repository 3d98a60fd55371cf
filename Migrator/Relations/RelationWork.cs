namespace LaunchStack.Migrator.Relations;

/// <summary>What lies between the target's rows of a relation and what they are to be.</summary>
internal sealed class RelationWork(RelationShape shape, RelationOutcome outcome, RelationState state)
{
    public RelationShape Shape => shape;

    public RelationOutcome Outcome => outcome;

    public RelationState State => state;

    /// <summary>Rows that are not there, or otherwise; without those that the server is known to refuse as they are.</summary>
    public IReadOnlyList<Guid> Missing { get; } = [.. outcome.ById.Where(row => !IsThere(row, state)).Select(row => row.Key)];

    /// <summary>Rows that the server refused as they are now.</summary>
    public IReadOnlyList<Guid> Refused { get; } =
        [.. outcome.ById.Where(row => !state.ById.ContainsKey(row.Key) && state.Refused.ContainsKey(row.Value)).Select(row => row.Key)];

    /// <summary>Rows that the original does not hold, or that cannot be moved as they are now.</summary>
    public IReadOnlyList<Guid> Surplus { get; } =
        [.. state.ById.Keys.Where(id => !outcome.ById.ContainsKey(id) && !state.Own.Contains(id))];

    /// <summary>Of a table without ids: how much more often each row is to be there, or how much less.</summary>
    public IReadOnlyDictionary<Guid, int> Uneven { get; } = outcome.ByHash.Keys.Union(state.ByHash.Keys)
        .Select(hash => (Hash: hash, More: outcome.ByHash.GetValueOrDefault(hash) - state.ByHash.GetValueOrDefault(hash) - RefusedTimes(hash, state)))
        .Where(row => row.More != 0).ToDictionary(row => row.Hash, row => row.More);

    /// <summary>Quarantine holds other rows than it is to hold.</summary>
    public bool QuarantineDiffers { get; } = !outcome.Rejected.Concat(StillRefused(outcome, state)).Order().SequenceEqual(state.Quarantined.Order());

    /// <summary>What the server refused before is tried again when anything changes, so its rows in quarantine are no longer what they were.</summary>
    public bool RenewsQuarantine => QuarantineDiffers || Refused.Count > 0 || Uneven.Count > 0;

    public bool HasChanges => Missing.Count + Surplus.Count + Uneven.Count > 0 || QuarantineDiffers;

    /// <summary>Rows in quarantine when nothing is to be changed.</summary>
    public long QuarantinedRows => outcome.Rejected.Count + StillRefused(outcome, state).LongCount();

    private static bool IsThere(KeyValuePair<Guid, Guid> row, RelationState state) =>
        state.ById.TryGetValue(row.Key, out var hash) ? hash == row.Value : state.Refused.ContainsKey(row.Value);

    private static int RefusedTimes(Guid hash, RelationState state) =>
        state.Refused.ContainsKey(hash) ? state.Quarantined.Count(q => q.Hash == hash) : 0;

    private static IEnumerable<(Guid Hash, string Reason)> StillRefused(RelationOutcome outcome, RelationState state)
    {
        if (state.Refused.Count == 0)
            return [];
        var refused = outcome.ById.Where(row => !state.ById.ContainsKey(row.Key)).Select(row => row.Value).Concat(outcome.ByHash.Keys).ToHashSet();
        return state.Quarantined.Where(q => refused.Contains(q.Hash) && state.Refused.ContainsKey(q.Hash));
    }
}
