using LaunchStack.Migrator.CommandLine;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Tests.CommandLine;

public sealed class UsageTests
{
    [Theory]
    [InlineData("fly")]
    [InlineData("copy", "--workers", "many")]
    [InlineData("copy", "--workers", "65")]
    [InlineData("verify", "--html")]
    [InlineData("status", "--jsonn")]
    public async Task What_cannot_be_understood_is_usage(params string[] args) =>
        Assert.Equal(ExitCode.Usage, await MigratorCommand.RunAsync(args));

    [Theory]
    [InlineData("", "ConnectionStrings__launchstack is not set")]
    [InlineData("postgres://user:secret@db/launchstack", "ConnectionStrings__launchstack is no connection string")]
    [InlineData("Database=launchstack;Password=secret", "ConnectionStrings__launchstack names no Host")]
    [InlineData("Host=db;Pasword=secret", "Couldn't set pasword")]
    public async Task A_connection_string_that_is_none_is_named_without_its_password(string given, string says)
    {
        var (exitCode, error) = await KilledMigrator.RunToEndAsync("", given, "status");
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Days_are_hours_in_the_time_left() => Assert.Equal("49:05:07", CopyProgress.Hours(new TimeSpan(2, 1, 5, 7)));
}
