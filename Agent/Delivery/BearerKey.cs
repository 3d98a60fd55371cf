using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Delivery;

/// <summary>The key of Ingest.Api. From a file it is read for every request, so that a changed key needs no restart.</summary>
internal sealed class BearerKey(IConfiguration configuration, IOptions<AgentOptions> options)
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    public AuthenticationHeaderValue Header() => new("Bearer", options.Value.KeyFile is { Length: > 0 } file
        ? File.ReadAllText(file).Trim()
        : configuration["Auth:AdminKey"]);
}
