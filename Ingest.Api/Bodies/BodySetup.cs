using LaunchStack.ServiceDefaults;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>Registers the limits of request bodies.</summary>
public static class BodySetup
{
    /// <summary>Binds <see cref="BodyOptions"/> and gives Kestrel the same limit.</summary>
    public static void AddBodies(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSection<BodyOptions>(BodyOptions.Section);
        builder.Services.AddSingleton<BodyMemory>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<BodyOptions>>(
            (kestrel, bodies) =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = bodies.Value.MaxBytes;
            });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ReadBlocks.Factory>();
        // A body comes in pieces; each would change threads twice. Nothing behind it blocks a thread.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
    }
}
