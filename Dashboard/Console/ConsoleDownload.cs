using System.Net.Mime;
using LaunchStack.Dashboard.Resources;

namespace LaunchStack.Dashboard.Console;

/// <summary>A resource's console as a file.</summary>
internal static class ConsoleDownload
{
    private const int MostLines = 100_000;

    public static void MapConsoleDownload(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/console/{name}", async (string name, ResourceServiceClient client, HttpContext context) =>
        {
            if (!client.Available)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.ContentType = MediaTypeNames.Text.Plain + "; charset=utf-8";
            context.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(name)}.log";
            await foreach (var line in client.LogsAsync(name, MostLines, false, context.RequestAborted))
                await context.Response.WriteAsync(AnsiText.Plain(line.Text) + "\n", context.RequestAborted);
        });
}
