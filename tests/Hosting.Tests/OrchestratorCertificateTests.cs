using System.Security.Cryptography.X509Certificates;
using LaunchStack.Hosting.Services;

namespace LaunchStack.Hosting.Tests;

public sealed class OrchestratorCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("certificate");

    private string File => Path.Combine(_directory.FullName, "kept", "orchestrator.pfx");

    [Fact]
    public void It_is_a_development_certificate_for_loopback_with_an_elliptic_key_that_can_be_handed_on()
    {
        using var certificate = OrchestratorCertificate.Get(File, Now);

        Assert.Contains(certificate.Extensions, extension => extension.Oid?.Value == "1.3.6.1.4.1.311.84.1.1");
        Assert.True(certificate.MatchesHostname("localhost"));
        Assert.True(certificate.MatchesHostname("127.0.0.1"));
        Assert.True(certificate.MatchesHostname("::1"));
        using var key = certificate.GetECDsaPrivateKey();
        Assert.NotEmpty(key!.ExportPkcs8PrivateKey());
    }

    [Fact]
    public void The_next_start_finds_it_and_nobody_else_may_read_it()
    {
        using var first = OrchestratorCertificate.Get(File, Now);
        using var second = OrchestratorCertificate.Get(File, Now.AddDays(300));

        Assert.Equal(first.Thumbprint, second.Thumbprint);
        Assert.Equal([File], Directory.GetFiles(Path.GetDirectoryName(File)!));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(340)]
    [InlineData(4000)]
    public void One_that_is_not_valid_for_a_month_more_is_replaced(int days)
    {
        using var first = OrchestratorCertificate.Get(File, Now);
        using var second = OrchestratorCertificate.Get(File, Now.AddDays(days));
        using var third = OrchestratorCertificate.Get(File, Now.AddDays(days));

        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.Equal(second.Thumbprint, third.Thumbprint);
        Assert.True(second.NotBefore <= Now.AddDays(days).LocalDateTime && Now.AddDays(days + 30).LocalDateTime <= second.NotAfter);
    }

    [Fact]
    public void A_file_that_is_none_is_replaced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "none");

        using var first = OrchestratorCertificate.Get(File, Now);
        using var second = OrchestratorCertificate.Get(File, Now);

        Assert.Equal(first.Thumbprint, second.Thumbprint);
    }

    [Fact]
    public void Where_nothing_can_be_kept_there_is_one_all_the_same()
    {
        System.IO.File.WriteAllText(Path.GetDirectoryName(File)!, "a file where the directory should be");

        using var certificate = OrchestratorCertificate.Get(File, Now);

        Assert.True(certificate.HasPrivateKey);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
