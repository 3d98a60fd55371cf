using LaunchStack.Operations.Backups.Figures;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>A copy that has been restored; disposing of a scratch one removes it.</summary>
/// <param name="connectionString">How it is reached.</param>
/// <param name="findings">What went wrong while it was restored.</param>
/// <param name="remove">Removes it, or leaves it.</param>
internal sealed class RestoredDatabase(string connectionString, IReadOnlyList<Finding> findings, Func<ValueTask> remove) : IAsyncDisposable
{
    public BackupSource Source { get; } = new(connectionString);

    public IReadOnlyList<Finding> Findings { get; } = findings;

    public ValueTask DisposeAsync() => remove();
}
