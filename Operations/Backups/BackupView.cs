namespace LaunchStack.Operations.Backups;

/// <summary>A backup in the list.</summary>
/// <param name="Id">Identity.</param>
/// <param name="Name">Its folder.</param>
/// <param name="State"><c>completed</c> or <c>failed</c>.</param>
/// <param name="Method"><c>pg_dump</c> or <c>snapshot</c>; <c>unknown</c> when the database could not be asked.</param>
/// <param name="Trigger"><c>schedule</c> or <c>request</c>.</param>
/// <param name="StartedAt">Start.</param>
/// <param name="FinishedAt">End.</param>
/// <param name="Bytes">Size of its file.</param>
/// <param name="Encrypted">Whether it needs the key.</param>
/// <param name="Schema">Newest schema script in it.</param>
/// <param name="Samples">Samples in it.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="DrillOutcome">Of its last drill; null: none yet.</param>
public sealed record BackupView(
    Guid Id, string Name, string State, string Method, string Trigger, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, long Bytes, bool Encrypted,
    string? Schema, long? Samples, string? Error, string? DrillOutcome)
{
    internal static BackupView Of(BackupManifest m, DrillReport? drill) => new(
        m.Id, m.Name, m.State, m.Method, m.Trigger, m.StartedAt, m.FinishedAt, m.Bytes, m.Encrypted, m.Figures?.Schema,
        m.Figures?.Windows.Where(window => window.Relation == "resource_usage").Sum(window => window.Rows), m.Error, drill?.Outcome);
}
