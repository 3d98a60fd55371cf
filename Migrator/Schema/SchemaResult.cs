namespace LaunchStack.Migrator.Schema;

/// <summary>What a run of <see cref="SchemaMigration"/> did.</summary>
/// <param name="Version">Name of the newest script in the journal.</param>
/// <param name="ScriptsRun">Scripts that this run applied, in order; empty when nothing was to do.</param>
/// <param name="PoliciesChanged">Windows that this run added or corrected, one line each; empty when nothing was to do.</param>
public sealed record SchemaResult(string Version, IReadOnlyList<string> ScriptsRun, IReadOnlyList<string> PoliciesChanged);
