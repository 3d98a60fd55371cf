using System.Data;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Database;

/// <summary>
/// One statement with positional parameters, and its value or its rows. A parameter is a value, null, or an
/// <see cref="NpgsqlParameter"/> where the type does not follow from the value.
/// </summary>
public static class SqlExtensions
{
    /// <summary>The rows, each made by <paramref name="read"/>.</summary>
    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection).With(values);
        return await command.QueryAsync(read, cancellationToken);
    }

    /// <inheritdoc cref="QueryAsync{T}(NpgsqlConnection, string, Func{NpgsqlDataReader, T}, CancellationToken, object?[])"/>
    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlDataSource dataSource, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = dataSource.CreateCommand(sql).With(values);
        return await command.QueryAsync(read, cancellationToken);
    }

    /// <summary>The first column of the first row; default where there is none, or null.</summary>
    public static async Task<T?> ScalarAsync<T>(
        this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection).With(values);
        return await command.ExecuteScalarAsync(cancellationToken) is { } found and not DBNull ? (T)found : default;
    }

    /// <inheritdoc cref="ScalarAsync{T}(NpgsqlConnection, string, CancellationToken, object?[])"/>
    public static async Task<T?> ScalarAsync<T>(
        this NpgsqlDataSource dataSource, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = dataSource.CreateCommand(sql).With(values);
        return await command.ExecuteScalarAsync(cancellationToken) is { } found and not DBNull ? (T)found : default;
    }

    /// <summary>Runs the statement.</summary>
    /// <returns>Rows affected.</returns>
    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection).With(values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc cref="ExecuteAsync(NpgsqlConnection, string, CancellationToken, object?[])"/>
    public static async Task<int> ExecuteAsync(
        this NpgsqlDataSource dataSource, string sql, CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = dataSource.CreateCommand(sql).With(values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The rows, each made by <paramref name="read"/>.</summary>
    public static async Task<List<T>> QueryAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Rows whose columns are all text, one after the other.</summary>
    public static async IAsyncEnumerable<string?[]> TextRowsAsync(
        this NpgsqlConnection connection, string sql, [EnumeratorCancellation] CancellationToken cancellationToken, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection).With(values);
        // Otherwise a row stands whole in the connection's buffer beside its texts, which may be of megabytes.
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new string?[reader.FieldCount];
            for (var column = 0; column < row.Length; column++)
                row[column] = reader.Utf8(column) is { } text ? Encoding.UTF8.GetString(text) : null;
            yield return row;
        }
    }

    /// <summary>The column's value, null where it is NULL.</summary>
    public static T? Value<T>(this NpgsqlDataReader row, int column)
        where T : struct =>
        row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    /// <summary>The column's text, null where it is NULL.</summary>
    public static string? Text(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>Likewise as its bytes: a text that is read as such leaves an array of its size in the pool of each thread.</summary>
    public static byte[]? Utf8(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    /// <summary>A parameter that is an array, as for <c>unnest</c>.</summary>
    /// <param name="values">Its elements.</param>
    /// <param name="type">Of an element.</param>
    public static NpgsqlParameter ArrayOf<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };

    private static NpgsqlCommand With(this NpgsqlCommand command, object?[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value ?? DBNull.Value });
        return command;
    }
}
