using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>What lies between the target's rows of a relation and what they are to be.</summary>
internal sealed class RelationWork
{
    private readonly int _stillRefused;

    private RelationWork(RelationShape shape, RelationOutcome outcome, RelationState state)
    {
        (Shape, Outcome, State) = (shape, outcome, state);
        foreach (var row in state.ById.All)
        {
            if (row.Is(RowState.Missing))
                MissingRows++;
            else if (IsRefused(row))
                Refused.Add(row.Id);
            else if (IsSurplus(row))
                SurplusRows++;
        }

        Uneven = state.ByHash.Select(row => (row.Key, More: row.Value.There - row.Value.Here - RefusedTimes(row.Key)))
            .Where(row => row.More != 0).ToDictionary(row => row.Key, row => row.More);
        var wanted = StillRefused();
        _stillRefused = wanted.Count;
        wanted.AddRange(outcome.Rejected);
        wanted.Sort();
        state.Quarantined.Sort();
        QuarantineDiffers = !wanted.SequenceEqual(state.Quarantined);
    }

    public RelationShape Shape { get; }

    public RelationOutcome Outcome { get; }

    public RelationState State { get; }

    /// <summary>Rows that are not there, or otherwise; without those that the server is known to refuse as they are.</summary>
    public IEnumerable<Guid> Missing => State.ById.In(RowState.Missing);

    public int MissingRows { get; }

    /// <summary>Rows that the target holds otherwise.</summary>
    public IEnumerable<Guid> Changed => State.ById.All.Where(row => row.Is(RowState.Missing) && row.Is(RowState.Here)).Select(row => row.Id);

    /// <summary>Rows that the server refused as they are now.</summary>
    public List<Guid> Refused { get; } = [];

    /// <summary>Rows that the original does not hold, or that cannot be moved as they are now.</summary>
    public IEnumerable<Guid> Surplus => State.ById.All.Where(IsSurplus).Select(row => row.Id);

    public int SurplusRows { get; }

    /// <summary>Of a table without ids: how much more often each row is to be there, or how much less.</summary>
    public IReadOnlyDictionary<Guid, int> Uneven { get; }

    /// <summary>Quarantine holds other rows than it is to hold.</summary>
    public bool QuarantineDiffers { get; }

    /// <summary>What the server refused before is tried again when anything changes, so its rows in quarantine are no longer what they were.</summary>
    public bool RenewsQuarantine => QuarantineDiffers || Refused.Count > 0 || Uneven.Count > 0;

    public bool HasChanges => MissingRows + SurplusRows + Uneven.Count > 0 || QuarantineDiffers;

    /// <summary>Rows in quarantine when nothing is to be changed.</summary>
    public long QuarantinedRows => Outcome.Rejected.Count + _stillRefused;

    /// <param name="reader">The original's rows.</param>
    /// <param name="shape">The target's table.</param>
    /// <param name="target">The target.</param>
    /// <param name="parents">What becomes of the relations that this one may name.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationWork> ReadAsync(
        RelationReader reader, RelationShape shape, NpgsqlConnection target, IReadOnlyDictionary<string, RelationOutcome> parents,
        CancellationToken cancellationToken)
    {
        var state = await RelationState.ReadAsync(target, shape, await reader.CountAsync(cancellationToken), cancellationToken);
        return new(shape, await RelationOutcome.ReadAsync(reader, shape, state, parents, cancellationToken), state);
    }

    /// <summary>Whether it is the one, of several with its id, that is to be there.</summary>
    public bool IsChosen(RelationRow row) =>
        row.Id is { } id && State.ById.Find(id) is var found && found.Is(RowState.There) && found.Hash == RowHashTable.Part(row.Hash);

    /// <summary>Whether it is to be written, which it is once then.</summary>
    public bool Take(RelationRow row)
    {
        if (row.Id is { } id)
        {
            if (!IsChosen(row))
                return false;
            ref var held = ref State.ById.Get(id);
            var isMissing = held.Is(RowState.Missing);
            held.State &= ~RowState.Missing;
            return isMissing;
        }

        // Of a table without ids all rows are written anew.
        if (Uneven.Count == 0 || State.ByHash.GetValueOrDefault(row.Hash) is not (var here, > 0 and var there))
            return false;
        State.ByHash[row.Hash] = (here, there - 1);
        return true;
    }

    /// <summary>Whether the target's row will change or go.</summary>
    public bool IsLeaving(Guid id) => State.ById.Find(id) is var row && (IsSurplus(row) || (row.Is(RowState.Missing) && row.Is(RowState.Here)));

    private bool IsRefused(RowHashTable.Row row) => row.State == RowState.There && State.Refused.Contains(row.Hash);

    private static bool IsSurplus(RowHashTable.Row row) => row.State == RowState.Here;

    private int RefusedTimes(Guid hash) =>
        State.Refused.Contains(RowHashTable.Part(hash)) ? State.Quarantined.Count(q => q.Hash == hash) : 0;

    private List<(Guid Hash, string Reason)> StillRefused()
    {
        if (State.Refused.Count == 0)
            return [];
        var refused = State.ById.All.Where(IsRefused).Select(row => row.Hash)
            .Concat(State.ByHash.Where(row => row.Value.There > 0).Select(row => RowHashTable.Part(row.Key))).Where(State.Refused.Contains).ToHashSet();
        return State.Quarantined.FindAll(q => refused.Contains(RowHashTable.Part(q.Hash)));
    }
}
