using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Auth;

/// <summary>
/// Takes the values out of the address before anything can write it down: a key may come as <c>?p=</c>, and the host logs and traces
/// addresses before any middleware runs. Endpoints read the query as ever (<see cref="HttpRequest.Query"/>).
/// </summary>
internal static class QueryRedaction
{
    // The word that OpenTelemetry's instrumentations put there.
    private const string Value = "Redacted";

    /// <summary>Puts it between the server and the host, which must be registered already.</summary>
    public static void AddQueryRedaction(this IServiceCollection services)
    {
        if (services.LastOrDefault(service => service.ServiceType == typeof(IServer)) is not { } server)
            return;
        // What is no HTTP never gets that far; Kestrel quotes its first line.
        services.Configure<LoggerFilterOptions>(logging => logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None));
        services.Remove(server);
        services.AddSingleton<IServer>(provider => new Server((IServer)(
            server.ImplementationInstance ?? server.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, server.ImplementationType!))));
    }

    private static void Redact(IFeatureCollection features)
    {
        var request = features.GetRequiredFeature<IHttpRequestFeature>();
        if (request.QueryString.Length == 0)
            return;
        var query = QueryHelpers.ParseQuery(request.QueryString);
        features.Set<IQueryFeature>(new QueryFeature(new QueryCollection(query)));
        request.QueryString = query.Count == 0 ? "" : "?" + string.Join('&', query.Keys.Select(name => $"{Uri.EscapeDataString(name)}={Value}"));
        request.RawTarget = request.Path + request.QueryString;
    }

    private sealed class Server(IServer inner) : IServer
    {
        public IFeatureCollection Features => inner.Features;

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => inner.StartAsync(new Application<TContext>(application), cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

        public void Dispose() => inner.Dispose();
    }

    private sealed class Application<TContext>(IHttpApplication<TContext> inner) : IHttpApplication<TContext>
        where TContext : notnull
    {
        public TContext CreateContext(IFeatureCollection contextFeatures)
        {
            Redact(contextFeatures);
            return inner.CreateContext(contextFeatures);
        }

        public Task ProcessRequestAsync(TContext context) => inner.ProcessRequestAsync(context);

        public void DisposeContext(TContext context, Exception? exception) => inner.DisposeContext(context, exception);
    }
}
