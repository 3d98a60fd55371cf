using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace LaunchStack.Dashboard.Otlp;

/// <summary>Lets exports in that carry the key. The answer 401 is UNAUTHENTICATED to a gRPC sender.</summary>
internal sealed class OtlpApiKey(RequestDelegate next, IOptions<DashboardOptions> options)
{
    private readonly byte[]? _key = options.Value.Otlp.PrimaryApiKey is { Length: > 0 } key ? Encoding.UTF8.GetBytes(key) : null;

    public Task InvokeAsync(HttpContext context)
    {
        if (_key is null || CryptographicOperations.FixedTimeEquals(_key, Encoding.UTF8.GetBytes(context.Request.Headers["x-otlp-api-key"].ToString())))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }
}
