using LaunchStack.Operations.Backups.Figures;

namespace LaunchStack.Operations.Backups.Methods;

/// <summary>The backup itself is damaged, so badly that no database comes of it.</summary>
internal sealed class DamagedBackupException(IReadOnlyList<Finding> findings) : Exception(string.Join("; ", findings))
{
    public IReadOnlyList<Finding> Findings { get; } = findings;
}
