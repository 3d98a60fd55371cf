namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a resource listens.</summary>
/// <param name="Name">For example <c>http</c> or <c>tcp</c>.</param>
/// <param name="Scheme">Scheme of its URL.</param>
/// <param name="PreferredPort">The port asked for; null takes a free one.</param>
/// <param name="Variable">Environment variable that tells the process its port.</param>
internal sealed record EndpointAnnotation(string Name, string Scheme, int? PreferredPort, string? Variable = null) : IResourceAnnotation
{
    /// <summary>The ports of the replicas, in order; empty until the engine allocates them.</summary>
    public IReadOnlyList<int> Ports { get; set; } = [];

    public string Url(int replica = 0) => $"{Scheme}://localhost:{Ports[replica]}";
}
