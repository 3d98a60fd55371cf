using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults.Authentication;

/// <summary>Bearer keys: <c>Authorization: Bearer …</c>.</summary>
public static class KeyAuthenticationExtensions
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string Scheme = "Key";

    /// <summary>Every endpoint that does not allow anonymous callers asks for the key in <c>Auth:AdminKey</c>.</summary>
    public static TBuilder AddKeyAuthentication<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddProblemDetails();
        builder.Services.AddOptions<KeyAuthenticationOptions>()
            .BindConfiguration(KeyAuthenticationOptions.Section)
            .Validate(
                options => options.AdminKey.Length >= KeyAuthenticationOptions.ShortestKey,
                $"Auth:AdminKey is missing or shorter than {KeyAuthenticationOptions.ShortestKey} characters. Set Auth__AdminKey.")
            .ValidateOnStart();
        builder.Services.AddAuthentication(Scheme)
            .AddScheme<AuthenticationSchemeOptions, KeyAuthenticationHandler>(Scheme, configureOptions: null);
        builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder(Scheme).RequireAuthenticatedUser().Build());
        return builder;
    }
}
