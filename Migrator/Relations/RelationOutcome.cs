namespace LaunchStack.Migrator.Relations;

/// <summary>
/// What becomes of a relation's rows, told from the original alone: the same at every pass, in plan and in verify, whatever the order
/// in which rows came and changed.
/// </summary>
internal sealed class RelationOutcome
{
    private readonly Dictionary<Guid, Guid> _byId = [];
    private readonly Dictionary<Guid, int> _byHash = [];

    public long Rows { get; private set; }

    /// <summary>Rows to be there, by id.</summary>
    public IReadOnlyDictionary<Guid, Guid> ById => _byId;

    /// <summary>Rows of a table without ids: how often each is to be there.</summary>
    public IReadOnlyDictionary<Guid, int> ByHash => _byHash;

    /// <summary>Rows that cannot be moved as they are.</summary>
    public List<(Guid Hash, string Reason)> Rejected { get; } = [];

    public long Accepted => Rows - Rejected.Count;

    /// <summary>There are rows, and none of them can be moved.</summary>
    public bool IsAllRejected => Rows > 0 && Accepted == 0;

    /// <summary>Rows that cannot be moved, by reason.</summary>
    public IReadOnlyDictionary<string, long> Reasons =>
        Rejected.GroupBy(r => r.Reason).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.LongCount());

    /// <param name="reader">The original's rows.</param>
    /// <param name="shape">The target's table.</param>
    /// <param name="parents">What becomes of the relations that this one may name.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationOutcome> ReadAsync(
        RelationReader reader, RelationShape shape, IReadOnlyDictionary<string, RelationOutcome> parents, CancellationToken cancellationToken)
    {
        var outcome = new RelationOutcome();
        var taken = shape.UnsureKeys.Select(_ => new HashSet<Guid>()).ToList();
        await foreach (var row in reader.ReadAsync(whole: false, only: null, cancellationToken))
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

            if (row.Id is { } id)
                outcome._byId.Add(id, row.Hash);
            else
                outcome._byHash[row.Hash] = outcome._byHash.GetValueOrDefault(row.Hash) + 1;
        }

        // There are as many as the original has rows, and a dictionary grows by doubling.
        outcome._byId.TrimExcess();
        return outcome;
    }

    private string? Reason(
        RelationRow row, RelationShape shape, IReadOnlyDictionary<string, RelationOutcome> parents, List<HashSet<Guid>> taken)
    {
        if (row.Fault is not null)
            return row.Fault;
        if (row.Id is { } id && _byId.ContainsKey(id))
            return "duplicate: another row of this id comes first";
        if (row.Parent is { } parent && parents.GetValueOrDefault(shape.Parent!.Value.Relation)?._byId.ContainsKey(parent) != true)
            return $"orphan: its row of {shape.Parent!.Value.Relation} is not there";
        for (var key = 0; key < taken.Count; key++)
        {
            if (row.Keys[key] is { } value && taken[key].Contains(value))
                return $"duplicate: another row with this {string.Join(" and ", shape.UnsureKeys[key].Columns)} comes first";
        }

        return null;
    }
}
