using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LaunchStack.Dashboard.Listening;

/// <summary>The three addresses, from what Aspire sets, on loopback unless an address says otherwise.</summary>
internal static class Listeners
{
    public static void AddListeners(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var pages = Address(configuration, "ASPNETCORE_URLS", "http://localhost:18888");
        var grpc = Address(configuration, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://localhost:18889");
        var http = Address(configuration, "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "http://localhost:18890");
        // A list without an entry: the framework would report addresses of its own as overridden, and for an empty text read ASPNETCORE_URLS.
        builder.Configuration.AddInMemoryCollection([new("urls", ";")]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Listen(kestrel, pages, ListenerKind.Pages, HttpProtocols.Http1);
            // Cleartext HTTP/2 cannot be negotiated: this address speaks nothing else (h2c with prior knowledge).
            Listen(kestrel, grpc, ListenerKind.OtlpGrpc, HttpProtocols.Http2);
            Listen(kestrel, http, ListenerKind.OtlpHttp, HttpProtocols.Http1);
        });
    }

    private static Uri Address(ConfigurationManager configuration, string key, string fallback)
    {
        var text = configuration[key] ?? (key == "ASPNETCORE_URLS" ? configuration["urls"] : null);
        if (string.IsNullOrWhiteSpace(text)) text = fallback;
        text = text.Split(';')[0].Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp
            ? address
            : throw new InvalidOperationException($"{key} must be an http URL such as {fallback}, but is '{text}'.");
    }

    private static void Listen(KestrelServerOptions kestrel, Uri address, ListenerKind kind, HttpProtocols protocols)
    {
        void Configure(ListenOptions listen)
        {
            listen.Protocols = protocols;
            listen.Use(next => connection =>
            {
                connection.Features.Set(new ListenerFeature(kind));
                return next(connection);
            });
        }

        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip)) kestrel.Listen(ip, address.Port, Configure);
        // "localhost" cannot be bound with a port the system chooses.
        else if (address.Port == 0) kestrel.Listen(IPAddress.Loopback, 0, Configure);
        else if (address.Host == "localhost") kestrel.ListenLocalhost(address.Port, Configure);
        else throw new InvalidOperationException($"'{address}' must name localhost or an IP address.");
    }

    public static bool CameBy(this HttpContext context, ListenerKind kind) => context.Features.Get<ListenerFeature>()?.Kind == kind;
}
