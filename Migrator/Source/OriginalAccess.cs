using Npgsql;

namespace LaunchStack.Migrator.Source;

/// <summary>Whether the connection's user reads every row of the original: what it does not see would be neither moved nor missed.</summary>
internal static class OriginalAccess
{
    /// <exception cref="RefusedException">It may not read a table, or row-level security shows it a part only.</exception>
    public static async Task RequireAsync(NpgsqlConnection connection, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        var user = OriginalTable.Quote(connection.UserName ?? "");
        var closed = new List<string>();
        foreach (var table in tables)
        {
            if (!await table.MayAsync(connection, ["SELECT"], cancellationToken))
                closed.Add(table.Quoted);
        }

        if (closed.Count > 0)
            throw new RefusedException(
                $"User {user} may not read {string.Join(", ", closed)} of the original. GRANT SELECT ON {string.Join(", ", closed)} TO {user}.");

        foreach (var table in tables)
        {
            try
            {
                // Reads nothing; the policies of a table beneath a view count too.
                await connection.ExecuteAsync($"SELECT FROM {table.Quoted} LIMIT 0", cancellationToken);
            }
            catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.InsufficientPrivilege, Routine: "check_enable_rls" })
            {
                throw new RefusedException(
                    $"Row-level security hides rows of the original's {table.Quoted} from user {user}: they would be lost ({error.MessageText}). "
                    + $"Name a user in ConnectionStrings__original whom no policy restricts, or ALTER ROLE {user} BYPASSRLS.", error);
            }
        }
    }
}
