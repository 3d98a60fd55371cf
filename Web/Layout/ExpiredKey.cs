using LaunchStack.Web.Clients;
using Microsoft.AspNetCore.Authentication;

namespace LaunchStack.Web.Layout;

/// <summary>A key that was revoked or ran out since it signed in is signed out, and says so.</summary>
internal sealed class ExpiredKey(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (ApiException e) when (e.Status == StatusCodes.Status401Unauthorized && !http.Response.HasStarted)
        {
            await http.SignOutAsync();
            var to = HttpMethods.IsGet(http.Request.Method) ? http.Request.Path + http.Request.QueryString : "/";
            http.Response.Redirect($"/login?expired=1&to={Uri.EscapeDataString(to)}");
        }
    }
}
