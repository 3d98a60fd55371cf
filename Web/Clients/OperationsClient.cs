namespace LaunchStack.Web.Clients;

/// <summary>Looks after the database.</summary>
internal sealed class OperationsClient(HttpClient http, IHttpContextAccessor context) : ServiceClient(http, context, "operations");
