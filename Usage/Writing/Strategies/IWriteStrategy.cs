namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>A way of a commit into the table: one transaction with its outbox row, or nothing.</summary>
internal interface IWriteStrategy
{
    /// <summary>Name in spans and metrics.</summary>
    string Name { get; }

    /// <summary>Commits.</summary>
    /// <returns>Positions that were there already; empty when every row is new.</returns>
    Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken);
}
