using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Whether the connection's user reads every row of the original: what it does not see would be neither moved nor missed.</summary>
internal static class OriginalAccess
{
    /// <exception cref="RefusedException">Text of it is in an encoding that nobody knows.</exception>
    private static async Task RequireKnownTextAsync(NpgsqlConnection connection, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        if (await connection.ScalarAsync<string>("SHOW server_encoding", cancellationToken) != "SQL_ASCII")
            return;
        foreach (var table in tables)
        {
            try
            {
                await connection.ExecuteAsync($"SELECT count(convert_from(textsend(s::text), 'UTF8')) FROM {table.Quoted} s", cancellationToken);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.CharacterNotInRepertoire)
            {
                throw new RefusedException(
                    $"The original's database has no encoding (SQL_ASCII), and {table.Quoted} holds text that is not UTF-8 ({error.MessageText}). "
                    + "Restore a dump of it into a database with one (createdb -E UTF8; PGCLIENTENCODING=LATIN1, if it is that, for pg_restore) and name that in ConnectionStrings__original.", error);
            }
        }
    }

    /// <exception cref="RefusedException">It may not read a table, row-level security shows it a part only, or text cannot be read.</exception>
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

        await RequireKnownTextAsync(connection, tables, cancellationToken);
    }
}
