using Npgsql;
using Xunit;

namespace LaunchStack.TestSupport;

/// <summary>One statement of a test, and its value.</summary>
public static class Sql
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Runs it; positional parameters take the values.</summary>
    public static async Task RunAsync(this NpgsqlDataSource source, string sql, params object[] values)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var connection = await source.OpenConnectionAsync(Token);
        await connection.RunAsync(sql, values);
    }

    /// <inheritdoc cref="RunAsync(NpgsqlDataSource, string, object[])"/>
    public static async Task RunAsync(this NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>The first value of the first row, which has one.</summary>
    public static async Task<T> ScalarAsync<T>(this NpgsqlDataSource source, string sql, params object[] values)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var connection = await source.OpenConnectionAsync(Token);
        return await connection.ScalarAsync<T>(sql, values);
    }

    /// <inheritdoc cref="ScalarAsync{T}(NpgsqlDataSource, string, object[])"/>
    public static async Task<T> ScalarAsync<T>(this NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>The first value of the first row as text; null where it is NULL.</summary>
    public static async Task<string?> TextAsync(this NpgsqlDataSource source, string sql) => await source.ScalarAsync<object>(sql) as string;

    /// <summary>A database with workers of its own would refresh and drop what the test is about to look at.</summary>
    public static Task PauseJobsAsync(this NpgsqlDataSource source) =>
        source.RunAsync("SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE job_id >= 1000");

    /// <summary>Also when the test is over.</summary>
    internal static async Task RunOnceAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
