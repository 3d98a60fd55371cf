namespace Aspire.Hosting.ApplicationModel;

/// <summary>The embedded TimescaleDB that runs in a server's place: WebAssembly on Node.js, behind a gateway that speaks PostgreSQL's protocol.</summary>
/// <param name="server">The server in whose place, and under whose name, it runs.</param>
/// <param name="gateway">The folder of gateway.mjs.</param>
public class EmbeddedTimescaleResource(TimescaleServerResource server, string gateway)
    : ExecutableResource(server.Name, "node", gateway), IResourceWithConnectionString
{
    /// <summary>The server's.</summary>
    public ReferenceExpression ConnectionStringExpression => server.ConnectionStringExpression;

    IEnumerable<KeyValuePair<string, ReferenceExpression>> IResourceWithConnectionString.GetConnectionProperties() =>
        ((IResourceWithConnectionString)server).GetConnectionProperties();
}
