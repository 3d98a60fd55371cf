using LaunchStack.Ingest.Api.Auth.Keys;
using Microsoft.AspNetCore.Authentication;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Authentication by key.</summary>
public static class KeySetup
{
    /// <summary>Adds the scheme and one policy a scope.</summary>
    public static void AddKeys(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<AuthOptions>()
            .BindConfiguration(AuthOptions.Section)
            .Validate(o => o.AdminKey.Length >= 16, "Auth:AdminKey is missing or shorter than 16 characters: nobody could register anything.")
            .ValidateOnStart();
        builder.Services.AddAuthentication(KeyHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, KeyHandler>(KeyHandler.SchemeName, null);
        builder.Services.AddSingleton<KeyStore>();
        builder.Services.AddSingleton<KeyCache>();
        builder.Services.AddSingleton<KeyLimits>();
        builder.Services.AddSingleton<KeyBinding>();
        builder.Services.AddHttpContextAccessor();
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var scope in Scopes.All)
            authorization.AddPolicy(scope, policy => policy.RequireClaim(Scopes.Claim, scope));
    }
}
