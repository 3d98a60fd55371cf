using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>A value, a row or a batch of rows beyond a limit of the server, SQLSTATE class 54: an index entry of 2.7 kB, a row of 8 kB, 1 GB of anything.</summary>
internal static class TooLarge
{
    public static bool IsMeantBy(PostgresException error) => error.SqlState.StartsWith("54", StringComparison.Ordinal);
}
