using LaunchStack.Web.Clients;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.ResponseCompression;

namespace LaunchStack.Web.Layout;

/// <summary>Pages: rendering, their headers, their errors.</summary>
internal static class PageSetup
{
    /// <summary>Adds rendering on the server, and compression.</summary>
    public static void AddPages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = false;
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "image/svg+xml"];
        });
    }

    /// <summary>Puts headers and errors first in the pipeline.</summary>
    public static void UsePages(this WebApplication app)
    {
        app.UseResponseCompression();
        app.UseMiddleware<SecurityHeaders>();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/error",
            CreateScopeForErrors = true,
            // The page says what is wrong; a service that is away is no error of ours, and not worth a stack trace a click.
            SuppressDiagnosticsCallback = context => context.Exception is ApiException,
        });
        app.UseStatusCodePagesWithReExecute("/error", createScopeForStatusCodePages: true);
        // The page of an error is read, whatever was sent: as a POST it would want a form of its own.
        app.Use((http, next) =>
        {
            if (http.Features.Get<IExceptionHandlerFeature>() is not null || http.Features.Get<IStatusCodeReExecuteFeature>() is not null)
                http.Request.Method = HttpMethods.Get;
            return next(http);
        });
        app.UseMiddleware<ExpiredKey>();
    }

    /// <summary>Maps pages, for whoever is signed in, and static files.</summary>
    public static void MapPages(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapRazorComponents<App>().RequireAuthorization().WithStaticAssets();
    }
}
