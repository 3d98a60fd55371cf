using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace LaunchStack.Web.SignIn;

/// <summary>Registers signing in, and maps signing out.</summary>
internal static class SignInSetup
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>Adds the cookie, what encrypts it, and the login link.</summary>
    public static void AddSignIn(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<WebOptions>().BindConfiguration(WebOptions.Section);
        builder.Services.AddSingleton<LoginLink>();
        builder.Services.AddScoped<SignInService>();
        var protection = builder.Services.AddDataProtection().SetApplicationName("launchstack-web");
        if (builder.Configuration[$"{WebOptions.Section}:{nameof(WebOptions.StateDirectory)}"] is { Length: > 0 } directory)
            protection.PersistKeysToFileSystem(new(Path.Combine(directory, "cookie-keys")));
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            // Lax: a link to a page that somebody shares opens signed in; what changes anything is a POST, and that is not sent along.
            (cookie.Cookie.Name, cookie.Cookie.HttpOnly, cookie.Cookie.SameSite) = ("launchstack-web", true, SameSiteMode.Lax);
            (cookie.ExpireTimeSpan, cookie.SlidingExpiration) = (Lifetime, true);
            (cookie.LoginPath, cookie.LogoutPath, cookie.AccessDeniedPath, cookie.ReturnUrlParameter) = ("/login", "/logout", "/denied", "to");
        });
        builder.Services.AddAuthorizationBuilder().AddPolicy(SignedIn.Admin, policy => policy.RequireRole(SignedIn.Admin));
    }

    /// <summary>Maps <c>POST /logout</c>.</summary>
    // The form is asked for because what binds one checks its anti-forgery token.
    public static void MapSignOut(this IEndpointRouteBuilder routes) => routes.MapPost("/logout", async (HttpContext http, IFormCollection _) =>
    {
        await http.SignOutAsync();
        return Results.LocalRedirect("/login");
    });
}
