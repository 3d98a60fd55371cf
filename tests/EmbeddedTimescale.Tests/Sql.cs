using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

internal static class Sql
{
    public static async Task<int> RunAsync(this NpgsqlDataSource source, string sql)
    {
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.RunAsync(sql);
    }

    public static async Task<int> RunAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<T> ReadAsync<T>(this NpgsqlDataSource source, string sql, params object[] values)
    {
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.ReadAsync<T>(sql, values);
    }

    public static async Task<T> ReadAsync<T>(this NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public static async Task<PostgresException> FailsAsync(Func<Task> action, string state)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(action);
        Assert.Equal(state, error.SqlState);
        return error;
    }
}
