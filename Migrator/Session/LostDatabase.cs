using System.Net.Sockets;
using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Session;

/// <summary>Says which database went away while a verb worked. The error itself does not: a broken stream has no name.</summary>
internal static class LostDatabase
{
    private const int PatienceSeconds = 3;

    /// <summary>Which one it was, and what to do.</summary>
    /// <param name="error">What the verb ended with.</param>
    /// <param name="elapsed">For how long the verb ran: a server younger than that was started again meanwhile.</param>
    /// <param name="databases">Both connection strings with what to call them.</param>
    public static async Task<string> DescribeAsync(Exception error, TimeSpan elapsed, IEnumerable<(string Name, string ConnectionString)> databases)
    {
        var lost = new List<string>();
        foreach (var (name, connectionString) in databases)
        {
            if (await FindAsync(connectionString, elapsed) is { } state)
                lost.Add($"The {name} database ({DatabaseConnection.Where(connectionString)}) {state}.");
        }

        if (lost.Count == 0)
            lost.Add("The connection to a database broke; they answer again.");
        return string.Join(Environment.NewLine, [.. lost, "Once they answer, run the migrator again; it goes on where it was.", $"Cause: {ErrorText.Describe(error)}"]);
    }

    /// <summary>Null when it answers and has done so all the time.</summary>
    private static async Task<string?> FindAsync(string connectionString, TimeSpan elapsed)
    {
        try
        {
            var alone = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = PatienceSeconds, CommandTimeout = PatienceSeconds };
            await using var connection = new NpgsqlConnection(alone.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT now() - pg_postmaster_start_time()", connection);
            return await command.ExecuteScalarAsync() is TimeSpan age && age < elapsed ? "went away and is back" : null;
        }
        catch (Exception error) when (error is NpgsqlException or SocketException or TimeoutException)
        {
            return $"does not answer: {error.Message}";
        }
    }
}
