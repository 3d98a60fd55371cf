using System.Net.Http.Headers;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace LaunchStack.AppHost.Tests;

/// <summary>The whole system, booted once from its real app model.</summary>
public sealed class StackFixture : IAsyncLifetime
{
    // A cold start on a busy machine; a quiet one takes about 15 s.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private IDistributedApplicationTestingBuilder _builder = null!;

    public DistributedApplication App { get; private set; } = null!;

    public HttpClient Ingest { get; private set; } = null!;

    public HttpClient Aggregator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(patience.Token);
        // Two of each that the design calls stateless: what one takes in, either must answer.
        foreach (var project in _builder.Resources.OfType<ProjectResource>().Where(p => p.Name is "ingest-api" or "aggregator"))
            _builder.CreateResourceBuilder(project).WithReplicas(2);
        App = await _builder.BuildAsync(patience.Token);
        await App.StartAsync(patience.Token);
        foreach (var name in new[] { "timescale", "messaging", "ingest-api-0", "ingest-api-1", "aggregator-0", "aggregator-1", "agent" })
        {
            var state = await App.ResourceNotifications.WaitForResourceAsync(
                name, e => e.Snapshot.State == KnownResourceStates.Healthy || e.Snapshot.State == KnownResourceStates.Failed, patience.Token);
            if (state.Snapshot.State == KnownResourceStates.Failed)
                throw new InvalidOperationException($"{name} failed: {state.Snapshot.Reason}");
        }

        var key = _builder.Resources.OfType<ParameterResource>().Single(p => p.Name == "admin-key");
        var bearer = new AuthenticationHeaderValue("Bearer", await key.GetValueAsync(patience.Token));
        Ingest = App.CreateHttpClient("ingest-api");
        Aggregator = App.CreateHttpClient("aggregator");
        Ingest.DefaultRequestHeaders.Authorization = bearer;
        Aggregator.DefaultRequestHeaders.Authorization = bearer;
    }

    public async ValueTask DisposeAsync()
    {
        Ingest?.Dispose();
        Aggregator?.Dispose();
        await _builder.DisposeAsync();
    }
}
