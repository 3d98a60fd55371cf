using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Triggers of the original that may change a row as it is written (moddatetime and the like) are off while rows go back, within the
/// transaction that writes them. Where the user may not switch them off they stay, and what they change is no difference.
/// </summary>
internal sealed class TriggerSuspension(NpgsqlConnection original, NpgsqlTransaction transaction)
{
    private const string Triggers =
        """
        SELECT quote_ident(tgname), tgenabled = 'A' FROM pg_trigger
        WHERE tgrelid = $1::text::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgtype::int & 3 = 3 AND tgtype::int & 20 <> 0
        """;

    private readonly List<string> _restore = [];

    /// <summary>False when some are left that may change what is written.</summary>
    public async Task<bool> SuspendAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var triggers = await original.QueryAsync(Triggers, r => (Name: r.GetString(0), IsAlways: r.GetBoolean(1)), cancellationToken, table.Quoted);
        foreach (var (name, isAlways) in triggers)
        {
            await transaction.SaveAsync("trigger", cancellationToken);
            try
            {
                await original.ExecuteAsync($"ALTER TABLE {table.Quoted} DISABLE TRIGGER {name}", cancellationToken);
                await transaction.ReleaseAsync("trigger", cancellationToken);
                _restore.Add($"ALTER TABLE {table.Quoted} ENABLE {(isAlways ? "ALWAYS " : "")}TRIGGER {name}");
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.WrongObjectType)
            {
                await transaction.RollbackAsync("trigger", cancellationToken);
                return false;
            }
        }

        return true;
    }

    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        // A table with checks still to come cannot be altered.
        if (_restore.Count > 0)
            await original.ExecuteAsync("SET CONSTRAINTS ALL IMMEDIATE", cancellationToken);
        foreach (var statement in _restore)
            await original.ExecuteAsync(statement, cancellationToken);
    }
}
