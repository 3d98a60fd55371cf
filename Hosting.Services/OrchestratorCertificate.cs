using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aspire.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Hosting.Services;

/// <summary>The certificate of Aspire's orchestrator, DCP, on loopback.</summary>
public static class OrchestratorCertificate
{
    /// <summary>
    /// Gives DCP a certificate that is kept for the user. Without one that the machine trusts, DCP makes an RSA key of 4,096 bits at each
    /// start, for a random time of up to several seconds in which nothing else starts. Nothing else uses or trusts it.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static IDistributedApplicationBuilder KeepOrchestratorCertificate(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IDeveloperCertificateService>(_ => new CertificateService(Get(DefaultPath, TimeProvider.System.GetUtcNow())));
        return builder;
    }

    private static string DefaultPath => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "launchstack", "orchestrator.pfx");

    /// <summary>The certificate kept at <paramref name="path"/>; where there is none that is still valid for a month, a new one, kept if it can be.</summary>
    internal static X509Certificate2 Get(string path, DateTimeOffset now)
    {
        try
        {
            var kept = X509CertificateLoader.LoadPkcs12FromFile(path, null, X509KeyStorageFlags.Exportable);
            if (kept.NotBefore <= now && now.AddDays(30) <= kept.NotAfter)
                return kept;
            kept.Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // None there, or none that can be read: a new one.
        }

        var made = Make(now);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            PrivateFile.Replace(path, made.Export(X509ContentType.Pfx));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It serves this start all the same; the next makes another.
        }
        return made;
    }

    private static X509Certificate2 Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: true));
        // By this mark Aspire knows a development certificate; it hands no other on.
        request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.311.84.1.1", [2], critical: false));
        using var signed = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        return X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }

    private sealed class CertificateService(X509Certificate2 certificate) : IDeveloperCertificateService
    {
        public ImmutableList<X509Certificate2> Certificates { get; } = [certificate];

        public bool SupportsContainerTrust => false;

        public bool UseForHttps => false;

        public bool TrustCertificate => false;
    }
}
