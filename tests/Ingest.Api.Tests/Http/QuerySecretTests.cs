using System.Net.Sockets;
using System.Text;
using LaunchStack.Ingest.Api.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>InfluxDB 1 clients send the key in the address, which hosts and collectors write down.</summary>
public sealed class QuerySecretTests
{
    private const string Secret = "secret-in-the-address-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_in_the_query_reaches_no_log_and_no_span()
    {
        await using var database = await TestTimescale.CreateAsync();
        var spans = new StringBuilder();
        await using var collector = await StartCollectorAsync(spans);
        // Not from the directory of its settings, and with everything logged.
        using var elsewhere = new TemporaryDirectory("elsewhere");
        var address = $"http://127.0.0.1:{FreePort.Take()}";
        await using var api = ChildProcess.StartGuarded(
            "ingest-api", $"dotnet '{typeof(UsageEndpoints).Assembly.Location}' &",
            new Dictionary<string, string>
            {
                ["ConnectionStrings__launchstack"] = database.ConnectionString,
                ["ConnectionStrings__messaging"] = "amqp://guest:guest@127.0.0.1:1",
                ["Auth__AdminKey"] = Secret,
                ["ASPNETCORE_URLS"] = address,
                ["Logging__LogLevel__Default"] = "Trace",
                ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
                ["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true",
            },
            elsewhere.Path);
        await api.WaitForLineAsync("Now listening on", TimeSpan.FromMinutes(1));

        using var client = new HttpClient { BaseAddress = new Uri(address) };
        string[] addresses =
        [
            $"/write?precision=s&u=x&p={Secret}", $"/write?p={Secret}&precision=never", $"/query?q=CREATE%20DATABASE%20x&p={Secret}", $"/WRITE/?P={Secret}",
            $"/v1/usage?token={Secret}", $"/nowhere?%70={Secret}",
        ];
        var answers = new List<int>();
        foreach (var path in addresses)
        {
            using var answer = await client.PostAsync(path, new StringContent("docker_container_mem,container_name=n8n usage=1i\n"), Token);
            answers.Add((int)answer.StatusCode);
            Assert.DoesNotContain(Secret, await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
        Assert.Equal([204, 400, 200, 401, 415, 404], answers);

        using (var socket = new TcpClient("127.0.0.1", client.BaseAddress.Port))
        {
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /write?p={Secret}\r\n\r\n"), Token);
            Assert.NotEqual(-1, socket.GetStream().ReadByte());
        }

        await Wait.UntilAsync(() => Locked(() => spans.ToString().Contains("/nowhere", StringComparison.Ordinal)), "spans arrive", TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(() => api.Output.Contains("/nowhere", StringComparison.Ordinal), "the request is logged", TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(Secret, api.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Locked(spans.ToString), StringComparison.Ordinal);

        T Locked<T>(Func<T> read)
        {
            lock (spans)
                return read();
        }
    }

    private static async Task<WebApplication> StartCollectorAsync(StringBuilder received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/{signal}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, Token);
            lock (received)
                received.Append(Encoding.Latin1.GetString(body.ToArray()));
            return Results.Ok();
        });
        await app.StartAsync(Token);
        return app;
    }
}
