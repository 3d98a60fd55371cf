using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.Auth;

/// <summary>Authentication by key, the same in every service: a key made or revoked in one is known or void in all.</summary>
public static class KeyAuthenticationExtensions
{
    /// <summary>
    /// Adds the scheme and one policy a scope (<see cref="Scopes"/>). Needs <c>AddTimescale</c>.
    /// </summary>
    public static TBuilder AddKeyAuthentication<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddQueryRedaction();
        builder.Services.AddOptions<AuthOptions>()
            .BindConfiguration(AuthOptions.Section)
            .Validate(
                options => options.AdminKey.Length >= AuthOptions.MinKeyLength,
                $"Auth:AdminKey is missing or shorter than {AuthOptions.MinKeyLength} characters. Set Auth__AdminKey.")
            .Validate(
                options => options.AgentKey.Length is 0 or >= AuthOptions.MinKeyLength,
                $"Auth:AgentKey is shorter than {AuthOptions.MinKeyLength} characters.")
            .ValidateOnStart();
        builder.Services.AddAuthentication(KeyHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, KeyHandler>(KeyHandler.SchemeName, configureOptions: null);
        builder.Services.AddSingleton<KeyStore>();
        builder.Services.AddSingleton<KeyCache>();
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var scope in Scopes.All)
            authorization.AddPolicy(scope, policy => policy.RequireClaim(Scopes.Claim, scope));
        return builder;
    }
}
