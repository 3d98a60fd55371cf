using System.Collections.Concurrent;
using System.Net.Http.Headers;
using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Ingest.Api.Writing;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Outbox;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>The protocols' endpoints on addresses of their own, over a writer into memory.</summary>
internal sealed class ProtocolHost : IAsyncDisposable
{
    public const string Key = "test-key-0123456789";

    // Keys are looked up in a real database; one serves all tests of this process and ends with it.
    private static readonly Lazy<Task<TestTimescale>> KeysDatabase = new(() => TestTimescale.CreateAsync());

    private readonly WebApplication _app;

    private ProtocolHost(WebApplication app, RecordingWriter writer, KnownInstances instances)
    {
        _app = app;
        Writer = writer;
        Names = instances.Names;
        Unknown = instances.Unknown;
        string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        (Url, GrpcUrl) = (addresses[0], addresses[1]);
        Client = new HttpClient { BaseAddress = new Uri(Url) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public IServiceProvider Services => _app.Services;

    public string Url { get; }

    public string GrpcUrl { get; }

    public HttpClient Client { get; }

    public RecordingWriter Writer { get; }

    public Dictionary<string, Guid> Names { get; }

    public ConcurrentBag<Guid> Unknown { get; }

    public static async Task<ProtocolHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, grpc => grpc.Protocols = HttpProtocols.Http2);
        });
        builder.Configuration.AddInMemoryCollection(
            [KeyValuePair.Create<string, string?>("Auth:AdminKey", Key), .. settings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))]);
        var (writer, instances) = (new RecordingWriter(), new KnownInstances());
        builder.AddProblems();
        builder.AddKeys();
        builder.AddBodies();
        builder.AddUsageWriting();
        builder.AddMapping();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<OutboxSignal>();
        var database = (await KeysDatabase.Value).DataSource;
        builder.Services.AddSingleton(database);
        builder.Services.AddSingleton(new DatabaseExecutor(database, TimeProvider.System));
        builder.Services.AddSingleton<UsageReader>();
        builder.Services.AddSingleton<IUsageWriter>(writer);
        builder.Services.AddSingleton<IInstanceStore>(instances);

        var app = builder.Build();
        app.UseProblems();
        app.UseAuthentication();
        app.UseAuthorization();
        var api = app.MapGroup("").RequireKnownParameters();
        api.MapProtocols();
        api.MapUnmapped();
        await app.StartAsync();
        return new(app, writer, instances);
    }

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string? type = null, string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return Client.PostAsync(path, content);
    }

    public Task<HttpResponseMessage> SendAsync(ProtocolRequest request) => PostAsync(request.Path, request.Body, request.Type, request.Encoding);

    /// <summary>One message by OTLP/gRPC; returns grpc-status.</summary>
    public async Task<string> ExportByGrpcAsync(byte[] message, string? encoding = null, byte? flag = null, string? timeout = null)
    {
        using var request = ProtocolRequest.Grpc(new Uri(GrpcUrl), message, encoding, flag);
        if (timeout is not null)
            request.Headers.Add("grpc-timeout", timeout);
        using var response = await Client.SendAsync(request);
        return response.TrailingHeaders.GetValues("grpc-status").Single();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
