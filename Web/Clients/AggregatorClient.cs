namespace LaunchStack.Web.Clients;

/// <summary>Reads instances, history, alerts, metering and the move.</summary>
internal sealed class AggregatorClient(HttpClient http, IHttpContextAccessor context) : ServiceClient(http, context, "aggregator");
