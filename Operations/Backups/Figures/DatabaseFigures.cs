namespace LaunchStack.Operations.Backups.Figures;

/// <summary>What a database holds, in figures that do not depend on where it lies.</summary>
/// <param name="PostgresVersion">Server.</param>
/// <param name="TimescaleVersion">Extension.</param>
/// <param name="Schema">Newest schema script.</param>
/// <param name="Cutoff">Samples are those received by then (<c>resource_usage_as_of</c>); null: all, as of one snapshot.</param>
/// <param name="Relations">Tables.</param>
/// <param name="Windows">Samples and rollups by window.</param>
/// <param name="Jobs">Policies and other jobs with their settings.</param>
/// <param name="PausedJobs">Those of them, and of TimescaleDB's own, that were not scheduled.</param>
/// <param name="CompressedChunks">Chunks in columns.</param>
public sealed record DatabaseFigures(
    string PostgresVersion, string TimescaleVersion, string Schema, DateTimeOffset? Cutoff, IReadOnlyList<RelationFigures> Relations,
    IReadOnlyList<WindowFigures> Windows, IReadOnlyList<string> Jobs, IReadOnlyList<int> PausedJobs,
    long CompressedChunks);
