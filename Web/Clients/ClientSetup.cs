namespace LaunchStack.Web.Clients;

/// <summary>Registers the clients of the other services.</summary>
internal static class ClientSetup
{
    /// <summary>Adds a client a service, found by service discovery.</summary>
    public static void AddClients(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpContextAccessor();
        builder.AddClient<AggregatorClient>("aggregator");
        builder.AddClient<IngestClient>("ingest-api");
        builder.AddClient<OperationsClient>("operations");
    }

    private static void AddClient<TClient>(this IHostApplicationBuilder builder, string service)
        where TClient : ServiceClient
    {
        var client = builder.Services.AddHttpClient<TClient>(http =>
            // Each call has a limit of its own.
            (http.BaseAddress, http.Timeout) = (new($"http://{service}"), Timeout.InfiniteTimeSpan));
        client.UseSocketsHttpHandler((handler, _) => (handler.AllowAutoRedirect, handler.UseCookies) = (false, false));
    }
}
