using System.Globalization;
using LaunchStack.Ingest.Api.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Ingest.Bench;

/// <summary>
/// A process of its own that runs Ingest.Api's real entry point, and beside it, on the second address, a bare Kestrel.
/// A line on its standard input is answered with bytes allocated so far.
/// </summary>
internal static class ServedApi
{
    public static async Task<int> RunAsync(string[] args)
    {
        var bare = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        bare.Logging.ClearProviders();
        bare.WebHost.UseUrls(args[0]);
        // As Ingest.Api has it: the same Kestrel.
        bare.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        await using var app = bare.Build();
        app.MapPost("/", async (HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null);
            return TypedResults.Json(new UsageAnswer(1, 0, []));
        });
        await app.StartAsync();

        _ = Task.Run(AnswerAsync);
        var main = typeof(UsageEndpoints).Assembly.EntryPoint!;
        // The entry point of top-level statements with await is a synchronous wrapper that blocks until the end.
        await Task.Run(() => main.Invoke(null, [Array.Empty<string>()]));
        return 0;
    }

    private static async Task AnswerAsync()
    {
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"allocated {GC.GetTotalAllocatedBytes()}"));
        // The parent is gone: do not outlive it.
        Environment.Exit(0);
    }
}
