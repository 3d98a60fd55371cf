namespace LaunchStack.Migrator.Relations;

/// <summary>A row of the original that goes to quarantine.</summary>
/// <param name="Id">Its <see cref="RelationRow.Id"/>.</param>
/// <param name="Whole">What brings it back: its <see cref="RelationRow.Whole"/>.</param>
/// <param name="Hash">Its <see cref="RelationRow.Hash"/>.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct RefusedRow(Guid? Id, Guid Whole, Guid Hash, string Reason)
{
    public RefusedRow(RelationRow row, string reason)
        : this(row.Id, row.Whole, row.Hash, reason)
    {
    }
}
