using LaunchStack.Auth;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Keys and what they may write.</summary>
public static class KeySetup
{
    /// <summary>Adds authentication by key, and the limits of a key.</summary>
    public static void AddKeys(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddKeyAuthentication();
        builder.Services.AddSingleton<KeyLimits>();
    }
}
