using System.Diagnostics;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>What a strategy needs to commit one set.</summary>
/// <param name="Connection">Open, idle.</param>
/// <param name="Set">The rows.</param>
/// <param name="Arrays">Array parameters of this writer loop.</param>
/// <param name="Activity">Span of the commit; goes into the outbox row.</param>
/// <param name="BatchId">Identity of the commit.</param>
/// <param name="Now">Server time of the commit.</param>
internal sealed record CommitContext(
    NpgsqlConnection Connection, CommitSet Set, RowArrays Arrays, Activity? Activity, Guid BatchId, DateTimeOffset Now)
{
    /// <summary>Positions that alone may be there already, as far as is known; null: any.</summary>
    public IReadOnlyList<int>? Suspects { get; init; }
}
