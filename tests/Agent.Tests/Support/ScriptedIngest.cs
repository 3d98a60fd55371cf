using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Tests.Support;

/// <summary>
/// Ingest.Api as the agent sees it, on a real port. It takes samples of registered instances, counts duplicates, and fails as the
/// test's script says.
/// </summary>
internal sealed class ScriptedIngest : IAsyncDisposable
{
    public const string Key = "the-key";

    private readonly WebApplication _app;
    private readonly Channel<int> _stored = Channel.CreateUnbounded<int>();
    private readonly HashSet<(Guid, DateTime)> _seen = [];
    private readonly List<JsonElement> _samples = [];
    private readonly Lock _gate = new();

    private ScriptedIngest(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Answers of the next posts; without one the samples are taken.</summary>
    public ConcurrentQueue<Reply> Posts { get; } = new();

    /// <summary>Answers of the next registrations; without one the instance is registered.</summary>
    public ConcurrentQueue<Reply> Registrations { get; } = new();

    public ConcurrentDictionary<Guid, string> Registered { get; } = new();

    /// <summary>Number of samples of each post, in order.</summary>
    public ConcurrentQueue<int> PostSizes { get; } = new();

    /// <summary>Refuses a request with such a sample in it, as a whole.</summary>
    public Predicate<JsonElement> IsPoison { get; set; } = _ => false;

    /// <summary>Gives the code such a sample is rejected with.</summary>
    public Func<JsonElement, string?> Reject { get; set; } = _ => null;

    /// <summary>Whether the first sample of an instance registers it.</summary>
    public bool RegistersByPosting { get; set; }

    public int MaxSamples { get; set; } = int.MaxValue;

    /// <summary>Samples taken, in the order of arrival.</summary>
    public IReadOnlyList<JsonElement> Samples
    {
        get
        {
            lock (_gate)
                return [.. _samples];
        }
    }

    public static async Task<ScriptedIngest> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var ingest = new ScriptedIngest(app);
        app.MapPost("/v1/usage", ingest.PostAsync);
        app.MapPut("/v1/instances/{id:guid}", ingest.PutAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        ingest.Address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return ingest;
    }

    /// <summary>Returns once so many samples are there.</summary>
    public async Task UntilStoredAsync(int count)
    {
        while (Samples.Count < count)
            await StoredAsync();
    }

    /// <summary>Returns after the next post that was taken.</summary>
    public Task StoredAsync() => _stored.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task PutAsync(HttpContext http, Guid id)
    {
        if (!await IsScriptedAsync(http, Registrations))
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            Registered[id] = body.RootElement.GetProperty("name").GetString()!;
            http.Response.StatusCode = 201;
        }
    }

    private async Task PostAsync(HttpContext http)
    {
        using var gzip = new GZipStream(http.Request.Body, CompressionMode.Decompress);
        using var body = await JsonDocument.ParseAsync(gzip);
        var samples = body.RootElement.EnumerateArray().Select(sample => sample.Clone()).ToArray();
        PostSizes.Enqueue(samples.Length);

        if (await IsScriptedAsync(http, Posts))
            return;
        if (samples.Length > MaxSamples)
            await new Reply(413, Detail: "too many").WriteAsync(http);
        else if (samples.Any(sample => IsPoison(sample)))
            await new Reply(400, Detail: "poison").WriteAsync(http);
        else
            await TakeAsync(http, samples);
    }

    private async Task TakeAsync(HttpContext http, JsonElement[] samples)
    {
        int accepted = 0, duplicates = 0;
        var rejected = new List<object>();
        for (var index = 0; index < samples.Length; index++)
        {
            var id = samples[index].GetProperty("instance_id").GetGuid();
            var at = samples[index].GetProperty("timestamp").GetDateTime();
            if (RegistersByPosting)
                Registered.TryAdd(id, "");
            var code = Registered.ContainsKey(id) ? Reject(samples[index]) : "unknown_instance";
            if (code is not null)
            {
                rejected.Add(new { index, code, detail = "because" });
                continue;
            }

            lock (_gate)
            {
                if (_seen.Add((id, at)))
                {
                    _samples.Add(samples[index]);
                    accepted++;
                }
                else
                {
                    duplicates++;
                }
            }
        }

        if (accepted + duplicates == 0)
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsJsonAsync(
                new { title = "No sample was kept", accepted = 0, duplicates = 0, rejected }, options: null, contentType: "application/problem+json");
        }
        else
        {
            await http.Response.WriteAsJsonAsync(new { accepted, duplicates, rejected });
        }

        _stored.Writer.TryWrite(accepted);
    }

    private static async Task<bool> IsScriptedAsync(HttpContext http, ConcurrentQueue<Reply> script)
    {
        if (http.Request.Headers.Authorization != $"Bearer {Key}")
            await new Reply(401, Detail: "no valid key").WriteAsync(http);
        else if (script.TryDequeue(out var reply))
            await reply.WriteAsync(http);
        else
            return false;
        return true;
    }

    /// <summary>An answer of the script; status 0 cuts the connection.</summary>
    public sealed record Reply(int Status, int? RetryAfter = null, string? Detail = null, string? Body = null)
    {
        public async Task WriteAsync(HttpContext http)
        {
            if (Status == 0)
            {
                http.Abort();
                return;
            }

            http.Response.StatusCode = Status;
            if (RetryAfter is { } seconds)
                http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            if (Body is not null)
                await http.Response.WriteAsync(Body);
            else if (Status >= 400)
                await http.Response.WriteAsJsonAsync(new { title = "Scripted", status = Status, detail = Detail }, options: null, contentType: "application/problem+json");
        }
    }
}
