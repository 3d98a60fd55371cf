using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Tests.Database;

public sealed class RecoveryConflictTests
{
    [Theory]
    [InlineData("40001", "ProcessInterrupts", true)]
    [InlineData("40001", "ProcessRecoveryConflictInterrupt", true)]
    [InlineData("40P01", "CheckRecoveryConflictDeadlock", true)]
    [InlineData("57P01", "ProcessInterrupts", false)] // an administrator
    [InlineData("40P01", "DeadLockReport", false)]
    [InlineData("40001", "ExecUpdate", false)]
    public void It_is_told_from_what_others_raise_with_the_same_states(string state, string routine, bool conflict)
    {
        Assert.Equal(conflict, RecoveryConflict.Is(Error(state, routine)));
        Assert.Equal(conflict, RecoveryConflict.Is(new SchemaException("Found on opening.", Error(state, routine))));
    }

    private static PostgresException Error(string state, string routine) =>
        new("canceling statement due to conflict with recovery", "ERROR", "ERROR", state, routine: routine);
}
