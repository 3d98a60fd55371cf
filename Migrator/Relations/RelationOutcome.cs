namespace LaunchStack.Migrator.Relations;

/// <summary>
/// What becomes of a relation's rows, told from the original alone: the same at every pass, in plan and in verify, whatever the order
/// in which rows came and changed.
/// </summary>
internal sealed class RelationOutcome
{
    private readonly RelationState _state;

    private RelationOutcome(RelationState state) => _state = state;

    public long Rows { get; private set; }

    /// <summary>Rows that cannot be moved as they are.</summary>
    public List<(Guid Hash, string Reason)> Rejected { get; } = [];

    public long Accepted => Rows - Rejected.Count;

    /// <summary>There are rows, and none of them can be moved.</summary>
    public bool IsAllRejected => Rows > 0 && Accepted == 0;

    /// <summary>Rows that cannot be moved, by reason.</summary>
    public IReadOnlyDictionary<string, long> Reasons =>
        Rejected.CountBy(r => r.Reason).OrderBy(r => r.Key, StringComparer.Ordinal).ToDictionary(r => r.Key, r => (long)r.Value);

    /// <summary>Whether a row with this id is to be in the target.</summary>
    public bool Accepts(Guid id) => _state.ById.Find(id).Is(RowState.There);

    /// <param name="reader">The original's rows.</param>
    /// <param name="shape">The target's table.</param>
    /// <param name="state">What it holds, which they are compared to; it remembers them.</param>
    /// <param name="parents">What becomes of the relations that this one may name.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationOutcome> ReadAsync(
        RelationReader reader, RelationShape shape, RelationState state, IReadOnlyDictionary<string, RelationOutcome> parents,
        CancellationToken cancellationToken)
    {
        var outcome = new RelationOutcome(state);
        var taken = shape.UnsureKeys.Select(_ => new HashSet<Guid>()).ToList();
        await foreach (var row in reader.ReadAsync([], only: null, cancellationToken))
        {
            outcome.Rows++;
            if (outcome.Reason(row, shape, parents, taken) is { } reason)
            {
                outcome.Rejected.Add((row.Hash, string.Intern(reason)));
                continue;
            }

            for (var key = 0; key < taken.Count; key++)
            {
                if (row.Keys[key] is { } value)
                    taken[key].Add(value);
            }

            outcome.Accept(row);
        }

        return outcome;
    }

    private void Accept(RelationRow row)
    {
        if (row.Id is not { } id)
        {
            var (here, there) = _state.ByHash.GetValueOrDefault(row.Hash);
            _state.ByHash[row.Hash] = (here, there + 1);
            return;
        }

        var hash = RowHashTable.Part(row.Hash);
        ref var held = ref _state.ById.Get(id);
        if (held.Is(RowState.Here) ? held.Hash != hash : !_state.Refused.Contains(hash))
            held.State |= RowState.Missing;
        (held.State, held.Hash) = (held.State | RowState.There, hash);
    }

    private string? Reason(
        RelationRow row, RelationShape shape, IReadOnlyDictionary<string, RelationOutcome> parents, List<HashSet<Guid>> taken)
    {
        if (row.Fault is not null)
            return row.Fault;
        if (row.Id is { } id && Accepts(id))
            return "duplicate: another row of this id comes first";
        if (row.Parent is { } parent && parents.GetValueOrDefault(shape.Parent!.Value.Relation)?.Accepts(parent) != true)
            return $"orphan: its row of {shape.Parent!.Value.Relation} is not there";
        for (var key = 0; key < taken.Count; key++)
        {
            if (row.Keys[key] is { } value && taken[key].Contains(value))
                return $"duplicate: another row with this {string.Join(" and ", shape.UnsureKeys[key].Columns)} comes first";
        }

        return null;
    }
}
