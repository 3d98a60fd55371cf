namespace LaunchStack.Operations.Backups.Figures;

/// <summary>The rows of a hypertable or rollup within [<paramref name="From"/>, <paramref name="To"/>).</summary>
/// <param name="Relation">Its name.</param>
/// <param name="From">Start.</param>
/// <param name="To">End.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Checksum">Over them in any order.</param>
public sealed record WindowFigures(string Relation, DateTimeOffset From, DateTimeOffset To, long Rows, string Checksum);
