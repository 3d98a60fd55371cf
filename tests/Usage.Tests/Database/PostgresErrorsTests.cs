using System.Net.Sockets;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Tests.Database;

public sealed class PostgresErrorsTests
{
    [Theory]
    [InlineData("22003", true)] // numeric value out of range
    [InlineData("23514", true)] // check violation
    [InlineData("54000", true)] // row too large
    [InlineData("53400", true)] // too many compressed rows to open
    [InlineData("53100", false)]
    [InlineData("40P01", false)]
    public void Values_are_at_fault_by_class(string state, bool about) => Assert.Equal(about, PostgresErrors.IsAboutValues(Error(state)));

    /// <summary>A type's input function knows no place in the statement; the parser names it.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(8, false)]
    public void A_value_of_wrong_syntax_is_a_refused_row(int position, bool refused) => Assert.Equal(
        refused, PostgresErrors.IsRefusedRow(new("syntax error", "ERROR", "ERROR", PostgresErrorCodes.SyntaxError, position: position)));

    [Fact]
    public void A_broken_connection_is_no_refused_one()
    {
        Assert.True(PostgresErrors.IsBrokenConnection(new NpgsqlException("", new IOException())));
        Assert.True(PostgresErrors.IsBrokenConnection(Error("57P01")));
        Assert.False(PostgresErrors.IsBrokenConnection(new NpgsqlException("", new SocketException())));
        Assert.False(PostgresErrors.IsBrokenConnection(Error("57014")));
    }

    [Theory]
    [InlineData("40P01", true)]
    [InlineData("40001", true)]
    [InlineData("23505", false)]
    public void Who_lost_against_another_writer_may_go_again(string state, bool transient) =>
        Assert.Equal((transient, state == "23505"), (PostgresErrors.IsTransient(Error(state)), PostgresErrors.IsDuplicateKey(Error(state))));

    [Theory]
    [InlineData("55P03", true)]
    [InlineData("55006", true)]
    [InlineData("40P01", true)]
    [InlineData("57014", false)]
    public void A_refresh_waits_for_another(string state, bool waits) => Assert.Equal(waits, PostgresErrors.IsConcurrentRefresh(Error(state)));

    [Theory]
    [InlineData("25006", true)]
    [InlineData("53100", true)]
    [InlineData("53200", false)]
    [InlineData("57P03", false)]
    public void What_only_writes_notice(string state, bool only) => Assert.Equal(only, PostgresErrors.IsWriteOutage(Error(state)));

    [Theory]
    [InlineData("53300", true)] // too many connections
    [InlineData("57P01", true)]
    [InlineData("25006", true)]
    [InlineData("40P01", true)]
    [InlineData("55P03", true)]
    [InlineData("42P01", true)] // no such table: the migrator has yet to run
    [InlineData("42501", false)] // no grant
    [InlineData("42883", false)] // no such function
    [InlineData("42601", false)] // syntax
    [InlineData("22003", false)]
    public void What_will_be_otherwise_by_itself(string state, bool passes)
    {
        Assert.Equal(passes, PostgresErrors.Passes(Error(state)));
        Assert.Equal(passes, PostgresErrors.Passes(new DatabaseUnavailableException("", TimeSpan.Zero, Error(state))));
    }

    [Fact]
    public void A_database_that_is_away_comes_back()
    {
        Assert.True(PostgresErrors.Passes(new NpgsqlException("", new SocketException())));
        Assert.True(PostgresErrors.Passes(new DatabaseUnavailableException("", TimeSpan.Zero)));
        Assert.True(PostgresErrors.Passes(new DatabaseUnavailableException("", TimeSpan.Zero, new MissingSchemaException("resource_usage"))));
        Assert.False(PostgresErrors.Passes(new InvalidOperationException()));
    }

    [Fact]
    public void What_clients_are_told_names_no_address()
    {
        Assert.Equal("The database's disk is full (SQLSTATE 53100).", PostgresErrors.ForClient(Error("53100")));
        Assert.Equal("The database is read-only (SQLSTATE 25006).", PostgresErrors.ForClient(Error("25006")));
        Assert.Contains("run the migrator", PostgresErrors.ForClient(Error("42P01")), StringComparison.Ordinal);
        Assert.Equal("The database cannot be reached.", PostgresErrors.ForClient(new NpgsqlException("Failed to connect to 10.1.2.3:5432")));
        Assert.Equal("The database did not answer in time.", PostgresErrors.ForClient(new TaskCanceledException()));
    }

    private static PostgresException Error(string state) => new("message", "ERROR", "ERROR", state);
}
