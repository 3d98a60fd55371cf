using LaunchStack.Migrator.CatchUp;
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
    [InlineData(3, "00:00:03 old")]
    [InlineData(-71992, "19:59:52 ahead")]
    [InlineData(null, "-")]
    public void The_newest_sample_may_be_ahead(int? seconds, string age) =>
        Assert.Equal(age, new CatchUpPass(0, 0, 0, 0, seconds is { } lag ? TimeSpan.FromSeconds(lag) : null, TimeSpan.Zero).Age());

    [Theory]
    [InlineData("", "is not set")]
    [InlineData(" ", "is not set")]
    [InlineData("postgres://user:secret@db/launchstack", "but a URI")]
    [InlineData("postgresql://user:secret@db:5432/launchstack?sslmode=require&password=secret", "but a URI")]
    [InlineData("Host=postgres://user:secret@db/launchstack", "for Host is none")]
    [InlineData("Host=db Password=secret", "for Host is none")]
    [InlineData("Host=db;Database=launchstack Password=secret", "for Database is none")]
    [InlineData("Database=launchstack;Password=secret", "names no Host")]
    [InlineData("Host=db;Pasword=secret", "\"pasword\" cannot be read")]
    [InlineData("Host=db;Port=secret", "\"port\" cannot be read")]
    [InlineData("Host=db;Password=to;secret=x", "pairs of key and value are needed, a value with a semicolon")]
    [InlineData("Host=db;Password=to;secret", "pairs of key and value are needed, a value with a semicolon")]
    [InlineData("Host=db;Password='secret", "pairs of key and value are needed, a value with a semicolon")]
    [InlineData("host=db user=u password=secret", "for Host is none")]
    [InlineData("Host=db;Password=secret;Target Session Attributes=primary", "has options that cannot be used: Target Session Attributes")]
    public void A_connection_string_that_is_none_is_described_without_its_password(string given, string says)
    {
        var problem = ConnectionText.Problem(given);
        Assert.Contains(says, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db")]
    [InlineData("Host=db;Target Session Attributes=any")]
    [InlineData("Host=db;Pooling=false;Multiplexing=true")]
    [InlineData("Host=a,b;Target Session Attributes=primary")]
    [InlineData("Host=a,b:5433;Username=u;Password='se;cr=et';Database=launch stack")]
    [InlineData("Server=/var/run/postgresql;User Id=u;PWD=a://b")]
    public void One_that_can_be_used_is_used(string given) => Assert.Null(ConnectionText.Problem(given));

    [Fact]
    public void What_is_shown_of_one_holds_no_password() => Assert.DoesNotContain(
        "secret", ConnectionText.WithoutSecrets("Host=db;Username=u;Password=secret;SSL Certificate=c.pem;SSL Key=k.pem;SSL Password=secret"), StringComparison.Ordinal);

    /// <summary>Before any database is asked.</summary>
    [Fact]
    public async Task A_page_that_cannot_be_written_is_refused_before_the_work()
    {
        var directory = Directory.CreateTempSubdirectory();
        foreach (var file in new[] { directory.FullName, Path.Combine(directory.FullName, "nowhere", "page.html") })
        {
            var (exitCode, error) = await KilledMigrator.RunToEndAsync("", "Host=127.0.0.1;Port=1", "verify", "--html", file);
            Assert.Equal(ExitCode.Usage, exitCode);
            Assert.StartsWith("--html: ", error, StringComparison.Ordinal);
            Assert.EndsWith($"Name a file that may be written, in a directory that is there.{Environment.NewLine}", error, StringComparison.Ordinal);
        }

        Assert.Empty(directory.GetFileSystemInfos());
        directory.Delete();
    }

    [Fact]
    public async Task The_setting_is_named_with_an_example()
    {
        var (exitCode, error) = await KilledMigrator.RunToEndAsync("", "postgres://user:secret@db/launchstack", "status");
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.StartsWith("ConnectionStrings__launchstack is no connection string", error, StringComparison.Ordinal);
        Assert.Contains("Host=127.0.0.1;Port=5432", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Days_are_hours_in_the_time_left() => Assert.Equal("49:05:07", CopyProgress.Hours(new TimeSpan(2, 1, 5, 7)));
}
