using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Session;

/// <summary>Whether a text is a connection string, told without repeating anything of it that may be secret.</summary>
internal static class ConnectionText
{
    // Where a password may begin: what follows is not repeated, a semicolon within it ends what the reader takes for it.
    private static readonly string[] Secrets = ["pass", "pwd", "psw", "pw", "://", "@"];

    /// <summary>What is wrong with it, for people; null when it can be used.</summary>
    public static string? Problem(string? given)
    {
        if (string.IsNullOrWhiteSpace(given))
            return "is not set";
        if (given.Contains("://", StringComparison.Ordinal) && given.IndexOf("://", StringComparison.Ordinal) < (uint)given.IndexOf('=', StringComparison.Ordinal))
            return "is no connection string but a URI; postgresql://user:password@host:port/database?sslmode=require is written "
                + "Host=host;Port=port;Database=database;Username=user;Password=password;SSL Mode=Require here";
        try
        {
            var read = new NpgsqlConnectionStringBuilder(given);
            if (string.IsNullOrEmpty(read.Host))
                return "names no Host";

            // Messages name these three.
            foreach (var (key, value) in new[] { ("Host", read.Host), ("Database", read.Database), ("Username", read.Username) })
            {
                if (value is not null && (value.Contains('=', StringComparison.Ordinal) || value.Contains("://", StringComparison.Ordinal)))
                    return $"is no connection string: what it has for {key} is none; a semicolon stands between two pairs of key and value";
            }

            return Contradiction(given);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            return error is ArgumentException { ParamName: { Length: > 0 } key } && IsHarmless(given, key)
                ? $"is no connection string: \"{key}\" cannot be read; pairs of key and value are needed"
                : "is no connection string: pairs of key and value are needed, a value with a semicolon or a quote in it in quotes";
        }
    }

    /// <summary>For people: the connection string without the user's password and that of the client's key.</summary>
    public static string WithoutSecrets(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Password = null, SslPassword = null }.ConnectionString;

    /// <summary>Options that only together, or only with several hosts, mean nothing; the driver's words name them, not their values.</summary>
    private static string? Contradiction(string given)
    {
        try
        {
            using var connection = new NpgsqlConnection(DatabaseConnection.Prepare(given));
            return null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            return $"has options that cannot be used: {error.Message}";
        }
    }

    private static bool IsHarmless(string given, string key) =>
        given.IndexOf(key, StringComparison.OrdinalIgnoreCase) is >= 0 and var at
        && Secrets.All(secret => given.IndexOf(secret, StringComparison.OrdinalIgnoreCase) is < 0 || given.IndexOf(secret, StringComparison.OrdinalIgnoreCase) >= at);
}
