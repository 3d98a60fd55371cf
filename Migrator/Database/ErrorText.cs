using Npgsql;

namespace LaunchStack.Migrator.Database;

/// <summary>What the migrator says of an error of a server, to who runs it.</summary>
internal static class ErrorText
{
    /// <summary>What helps when a value is beyond a limit of the target.</summary>
    public const string TooLargeRemedy =
        "Offer a view in place of the original's samples that leaves out the large column or cuts its values, then run the same verb again.";

    /// <summary>Why a row is refused, without the value at fault: rows are counted by reason.</summary>
    public static string Reason(PostgresException error)
    {
        var value = error.MessageText.IndexOf(": \"", StringComparison.Ordinal);
        return $"{error.SqlState}: {(value < 0 ? error.MessageText : error.MessageText[..value])}";
    }

    /// <summary>What a server says, with its detail, its hint and where it happened.</summary>
    public static string Describe(Exception error)
    {
        // A refusal of ours says it better than the server's error within it.
        if ((error as PostgresException ?? (error is RefusedException or SchemaException ? null : error.InnerException as PostgresException)) is not { } postgres)
            return error.Message;
        var parts = new List<string> { $"{postgres.SqlState}: {postgres.MessageText}" };
        if (!string.IsNullOrEmpty(postgres.Detail) && !ShowsRow(postgres))
            parts.Add($"Detail: {postgres.Detail}");
        if (!string.IsNullOrEmpty(postgres.Hint))
            parts.Add($"Hint: {postgres.Hint}");
        if (!string.IsNullOrEmpty(postgres.Where))
            parts.Add($"Where: {postgres.Where.Split('\n')[0]}");
        if (postgres is { SqlState: PostgresErrorCodes.ConfigurationLimitExceeded } && postgres.MessageText.Contains("temp_file_limit", StringComparison.Ordinal))
            parts.Add("Raise temp_file_limit (or work_mem) for this role there: ALTER ROLE … SET, as a superuser.");
        return string.Join(Environment.NewLine + "  ", parts);
    }

    // NULL where none may be, a CHECK, a view's check: the detail is the whole row, whatever stands in it (password hashes, tokens).
    private static bool ShowsRow(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation or PostgresErrorCodes.WithCheckOptionViolation;
}
