using Npgsql;

namespace LaunchStack.EmbeddedTimescale.Tests;

internal static class Statement
{
    public static async Task<PostgresException> FailsAsync(Func<Task> action, string state)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(action);
        Assert.Equal(state, error.SqlState);
        return error;
    }
}
