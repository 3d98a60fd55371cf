using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What helps where the original does not take a row that goes back, by what it says.</summary>
internal static class Remedy
{
    /// <summary>Where nothing can be written to a table at all.</summary>
    public const string OfClosedTable = "Put a table, or a view that takes rows, in its place there, by the same name";

    /// <summary>Where a view computes what is to be written.</summary>
    public const string OfComputed = "Give the view an INSTEAD OF INSERT OR UPDATE OR DELETE trigger that writes it";

    /// <summary>Where a view shows a row otherwise than it was written.</summary>
    public static string OfView(string relation) =>
        $"; where that is a view, let its INSTEAD OF trigger write it. A column that the view computes and nobody needs: ALTER TABLE {relation} DROP COLUMN … in the target";

    /// <summary>Where a row would be held otherwise.</summary>
    private const string OfValue = "Correct it in the target, or widen the original's column";

    /// <summary>Where a publication sends changes of a table that has nothing to tell its rows apart by.</summary>
    public static string OfPublication(string table) => $"There: ALTER TABLE {table} REPLICA IDENTITY FULL; or take it out of the publication";

    /// <param name="error">What the original has said; null where it would hold the row otherwise.</param>
    /// <param name="table">The table of the original.</param>
    public static string For(PostgresException? error, OriginalTable table) => error switch
    {
        null => OfValue,
        { Routine: "ExecFindPartition" } => $"Make a partition for it there (CREATE TABLE … PARTITION OF {table.Quoted} …)",
        { Routine: "CheckCmdReplicaIdentity" } => OfPublication(table.IsPlain ? table.Quoted : "…"),
        { Routine: "CheckValidResultRel" } => OfClosedTable,
        { Routine: "rewriteTargetView" or "error_view_not_updatable" } => OfComputed,
        // A trigger's own word, whatever state it gives it.
        _ when error.Where?.StartsWith("PL/pgSQL function", StringComparison.Ordinal) == true =>
            "Correct it in the target, or switch off there the trigger that refuses it (ALTER TABLE … DISABLE TRIGGER …, ENABLE TRIGGER after it)",
        { SqlState: PostgresErrorCodes.ForeignKeyViolation } => "Insert what it names into the target, or into the original where the target has no such table, or delete it in the target",
        { SqlState: PostgresErrorCodes.UniqueViolation } => "Give it in the target a value that no other row of the original has",
        { SqlState: PostgresErrorCodes.NotNullViolation } => "Give it a value in the target, or the original's column a default or no NOT NULL",
        { SqlState: PostgresErrorCodes.CheckViolation or PostgresErrorCodes.ExclusionViolation or PostgresErrorCodes.WithCheckOptionViolation } =>
            "Correct it in the target, or change there the condition that it breaks",
        { SqlState: PostgresErrorCodes.UntranslatableCharacter } => "Write it in the target with characters that the original's encoding has",
        { SqlState: PostgresErrorCodes.InsufficientPrivilege } => "Allow it there, or name a user in ConnectionStrings__original who may",
        _ => OfValue,
    };
}
