namespace LaunchStack.Web.Clients;

/// <summary>Manages keys.</summary>
internal sealed class IngestClient(HttpClient http, IHttpContextAccessor context) : ServiceClient(http, context, "ingest-api");
