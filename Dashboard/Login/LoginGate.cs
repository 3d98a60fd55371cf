namespace LaunchStack.Dashboard.Login;

/// <summary>
/// Lets in who has the cookie, tools who send the token in <c>x-api-key</c>, and <c>/login?t=TOKEN</c>, which sets the cookie.
/// The host name is checked too: a page elsewhere whose name resolves to 127.0.0.1 must not get in.
/// </summary>
internal sealed class LoginGate(RequestDelegate next, BrowserToken token)
{
    private static readonly string[] Open = ["/health", "/alive", "/app.css", "/pages.css", "/app.js", "/favicon.svg"];

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (Open.Any(open => path.Equals(open, StringComparison.Ordinal))) return next(context);
        if (path.Equals("/login", StringComparison.Ordinal)) return LogInAsync(context);
        if (!token.Required || token.IsCookie(context.Request.Cookies[BrowserToken.CookieName])
            || token.IsToken(context.Request.Headers["x-api-key"].ToString())) return next(context);
        if (path.StartsWithSegments("/api") || path.StartsWithSegments("/_blazor"))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        context.Response.Redirect("/login");
        return Task.CompletedTask;
    }

    private async Task LogInAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        var given = HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType
            ? (await context.Request.ReadFormAsync(context.RequestAborted))["t"].ToString()
            : context.Request.Query["t"].ToString();
        if (!token.Required || token.IsToken(given.Trim()))
        {
            context.Response.Cookies.Append(BrowserToken.CookieName, token.Cookie, new CookieOptions
            {
                HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true, MaxAge = TimeSpan.FromDays(3),
            });
            context.Response.Redirect("/");
            return;
        }

        context.Response.StatusCode = given.Length > 0 ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(LoginPage.Html(given.Length > 0), context.RequestAborted);
    }
}
