using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using Npgsql;

namespace LaunchStack.Migrator.Move;

/// <summary>
/// Samples of the original whose created_at lies ahead of the cutover (a clock that is ahead, local time written as UTC). What has
/// come in since the cutover is told by received_at, so theirs is taken back to before it: to their own time, or to the cutover.
/// </summary>
internal static class FutureArrivals
{
    /// <summary>In the caller's transaction, which is that of the cutover.</summary>
    public static async Task CorrectAsync(NpgsqlConnection target, DateTime cutover, CancellationToken cancellationToken)
    {
        var windows = await new MigrationLedger(target).ReceivedSinceAsync(cutover, cancellationToken);
        foreach (var (start, end) in windows)
            await target.ExecuteAsync(
                """
                UPDATE resource_usage SET received_at = least("timestamp", $3 - interval '1 microsecond')
                WHERE "timestamp" >= $1 AND "timestamp" < $2 AND received_at >= $3
                """, cancellationToken, start, end, cutover);
    }
}
