namespace LaunchStack.Operations.Backups.Figures;

/// <summary>A table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Rows, at the least.</param>
/// <param name="MaxRows">At the most: more than <paramref name="Rows"/> where it was written to while a snapshot was made.</param>
/// <param name="Checksum">Over its rows in any order; null where it was written to.</param>
public sealed record RelationFigures(string Name, long Rows, long MaxRows, string? Checksum);
