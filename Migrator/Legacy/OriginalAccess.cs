using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Whether the connection's user reads every row of the original: what it does not see would be neither moved nor missed.</summary>
internal static class OriginalAccess
{
    // Bytes that UTF-8 writes a character with.
    private const string Utf8Character = "^(..)*(c[2-9a-f]|d.|e.[89ab].|f[0-4][89ab].[89ab].)[89ab].";

    // Compressed, by the catalog: a session without TimescaleDB has none of its functions.
    private const string Hypertables =
        OriginalTable.Beneath +
        """
        SELECT count(*) > 0, coalesce(bool_or(EXISTS (SELECT FROM _timescaledb_catalog.chunk k WHERE k.hypertable_id = h.id AND k.status & 1 = 1)), false)
        FROM beneath JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN _timescaledb_catalog.hypertable h ON (h.schema_name, h.table_name) = (n.nspname, c.relname)
        """;

    /// <summary>Rows with what would be a character of UTF-8, in a database with an encoding of one byte a character.</summary>
    public static async Task<long> MisreadRowsAsync(NpgsqlConnection connection, OriginalTable table, CancellationToken cancellationToken) =>
        table.Columns.Any(HoldsText) && await connection.ScalarAsync<bool>(
            "SELECT pg_encoding_max_length(encoding) = 1 AND pg_encoding_to_char(encoding) <> 'SQL_ASCII' FROM pg_database WHERE datname = current_database()",
            cancellationToken)
            ? await connection.ScalarAsync<long>(
                $"SELECT count(*) FROM {table.Quoted} s WHERE encode(convert_to((s.*)::text, getdatabaseencoding()), 'hex') ~ '{Utf8Character}'", cancellationToken)
            : 0;

    private static bool HoldsText(OriginalColumn column) => !column.IsBuiltIn || column.Kind is "text" or "json" or "jsonb" or "text[]" or "character varying[]";

    /// <exception cref="RefusedException">Text of it is in an encoding that nobody knows, or is none in the encoding that it is said to be in.</exception>
    private static async Task RequireKnownTextAsync(NpgsqlConnection connection, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        var encoding = await connection.ScalarAsync<string>("SHOW server_encoding", cancellationToken);
        if (encoding == "UTF8")
            return;
        var bytes = encoding == "SQL_ASCII" ? "convert_from(textsend((s.*)::text), 'UTF8')" : "convert_to((s.*)::text, 'UTF8')";
        foreach (var table in tables.Where(t => t.Columns.Any(HoldsText)))
        {
            try
            {
                await connection.ExecuteAsync($"SELECT count({bytes}) FROM {table.Quoted} s", cancellationToken);
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter)
            {
                throw new RefusedException(
                    (encoding == "SQL_ASCII"
                        ? $"The original's database has no encoding (SQL_ASCII), and {table.Quoted} holds text that is not UTF-8"
                        : $"The original's database is in {encoding}, and {table.Quoted} holds text that cannot be that, but may be UTF-8")
                    + $" ({error.MessageText}). Restore a dump of it into a database in its true encoding (createdb -E UTF8; PGCLIENTENCODING, of what the text "
                    + "is, such as LATIN1, for pg_restore) and name that in ConnectionStrings__original.", error);
            }
        }
    }

    /// <exception cref="RefusedException">TimescaleDB does not show this session all rows of a hypertable.</exception>
    private static async Task RequireHypertablesAsync(NpgsqlConnection connection, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        if (!await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')", cancellationToken))
            return;
        var license = await connection.ScalarAsync<string?>("SELECT current_setting('timescaledb.license', true)", cancellationToken);
        foreach (var table in tables)
        {
            var (isHypertable, isCompressed) = (await connection.QueryAsync(Hypertables, r => (r.GetBoolean(0), r.GetBoolean(1)), cancellationToken, table.Quoted))[0];
            var problem = !isHypertable ? null
                : await TimescaleEdition.AbsenceAsync(connection, cancellationToken)
                ?? (isCompressed && license != "timescale"
                    ? $"it has compressed chunks, and TimescaleDB runs under the {license} licence there (timescaledb.license). Set it to 'timescale' in postgresql.conf and restart "
                        + "the server; a package that has the Apache edition only is to be replaced by the Community edition of the same version (packages of Timescale), or the data moved to a server with it"
                    : null);
            if (problem is not null)
                throw new RefusedException($"Rows of the original's hypertable {table.Quoted} may be hidden, and would be lost: {problem}.");
        }
    }

    /// <exception cref="RefusedException">It may not read a table, row-level security or TimescaleDB shows it a part only, or text cannot be read.</exception>
    public static async Task RequireAsync(NpgsqlConnection connection, IReadOnlyList<OriginalTable> tables, CancellationToken cancellationToken)
    {
        var user = OriginalTable.Quote(connection.UserName ?? "");
        // By number: a name in a schema without USAGE is an error by itself.
        var rights = await connection.QueryAsync(
            """
            SELECT u.n::int - 1, has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
                   CASE WHEN r.rolsuper OR r.rolbypassrls THEN pg_get_userbyid(c.relowner) ELSE current_user END
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY u(s, t, n)
            JOIN pg_namespace n ON n.nspname = u.s JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = u.t
              JOIN pg_roles r ON r.rolname = current_user ORDER BY u.n
            """, r => (Table: tables[r.GetInt32(0)], Usage: r.GetBoolean(1), Select: r.GetBoolean(2), Restricted: OriginalTable.Quote(r.GetString(3))),
            cancellationToken, tables.Select(t => t.Schema).ToArray(), tables.Select(t => t.Name).ToArray());
        if (rights.Exists(r => !r.Usage || !r.Select))
        {
            var grants = rights.Where(r => !r.Usage).Select(r => $"USAGE ON SCHEMA {OriginalTable.Quote(r.Table.Schema)}").Distinct()
                .Concat(rights.Exists(r => !r.Select) ? [$"SELECT ON {string.Join(", ", rights.Where(r => !r.Select).Select(r => r.Table.Quoted))}"] : []);
            throw new RefusedException(
                $"User {user} may not read {string.Join(", ", rights.Where(r => !r.Usage || !r.Select).Select(r => r.Table.Quoted))} of the original. "
                + $"{string.Join("; ", grants.Select(grant => $"GRANT {grant} TO {user}"))}.");
        }

        // Whom no policy restricts is restricted all the same by a view whose owner one does.
        foreach (var (table, _, _, restricted) in rights)
        {
            try
            {
                // Reads nothing; the policies of a table beneath a view count too.
                await connection.ExecuteAsync($"SELECT FROM {table.Quoted} LIMIT 0", cancellationToken);
            }
            catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.InsufficientPrivilege, Routine: "check_enable_rls" })
            {
                throw new RefusedException(
                    $"Row-level security hides rows of the original's {table.Quoted} from user {restricted}{(restricted == user ? "" : ", who owns the view")}: they would be lost ({error.MessageText}). "
                    + $"{(restricted == user ? "Name a user in ConnectionStrings__original whom no policy restricts, or " : "")}ALTER ROLE {restricted} BYPASSRLS.", error);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new RefusedException(
                    $"{table.Quoted} of the original cannot be read: {error.MessageText}. What stands beneath a view is read as the view's owner, "
                    + $"or, with security_invoker, as {user}: grant that role what it lacks.",
                    error);
            }
        }

        await RequireHypertablesAsync(connection, tables, cancellationToken);
        await RequireKnownTextAsync(connection, tables, cancellationToken);
    }
}
