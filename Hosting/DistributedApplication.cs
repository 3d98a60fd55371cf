using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal;
using Aspire.Hosting.Internal.Console;
using Aspire.Hosting.Internal.Dashboard;
using Aspire.Hosting.Internal.Engine;
using Aspire.Hosting.Internal.Environment;
using Aspire.Hosting.Internal.Launch;
using Aspire.Hosting.Internal.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>An application of several processes: starts them in order, watches them, stops them.</summary>
public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly DistributedApplicationBuilder _builder;
    private readonly bool _isTest;
    private readonly ServiceProvider _services;
    private readonly HttpClient _http = new();
    private readonly Orchestrator _orchestrator;
    private readonly RunFile _runFile;
    private readonly CancellationTokenSource _stopped = new();
    private readonly DashboardResource? _dashboard;
    private ResourceService? _resourceService;
    private Task _recording = Task.CompletedTask;
    private bool _started;
    private volatile bool _ready;

    internal DistributedApplication(DistributedApplicationBuilder builder, bool isTest)
    {
        _builder = builder;
        _isTest = isTest;
        _services = builder.Services.BuildServiceProvider();
        _runFile = new RunFile(builder.State.RunFile);
        _dashboard = isTest || builder.DisableDashboard
            ? null
            : DashboardResource.AddTo(builder.Resources, builder.DashboardProject, _services.GetRequiredService<KeptParameters>());
        Model = [.. builder.Resources];
        var planner = new LaunchPlanner(
            builder.State, new ProcessEnvironment(builder.Configuration, builder.Environment), _http, BuildConfiguration.Of(builder.AppHostAssembly));
        _orchestrator = new Orchestrator(Model, builder.Options, builder.State, planner, ResourceNotifications, Time);
    }

    /// <summary>Services of the AppHost.</summary>
    public IServiceProvider Services => _services;

    /// <summary>The states of the resources.</summary>
    public ResourceNotificationService ResourceNotifications => _services.GetRequiredService<ResourceNotificationService>();

    internal IReadOnlyList<IResource> Model { get; }

    internal StateDirectory State => _builder.State;

    internal Orchestrator Engine => _orchestrator;

    private TimeProvider Time => _services.GetRequiredService<TimeProvider>();

    /// <summary>Begins an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>Begins an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return new DistributedApplicationBuilder(options);
        }
        catch (DistributedApplicationException e) when (AppHostInterception.Current is null)
        {
            System.Console.Error.WriteLine($"error: {e.Message}");
            System.Environment.Exit(2);
            throw;
        }
    }

    /// <summary>Starts everything; does not wait until it is ready.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        State.Take();
        _started = true;
        _recording = RecordAsync();
        _orchestrator.AllocatePorts();
        if (_dashboard is not null)
        {
            _dashboard.Announce(_builder.Configuration);
            _resourceService = new ResourceService(
                _dashboard.ServiceUrl, _dashboard.ServiceKey, _orchestrator, _services, _stopped.Token);
            await _resourceService.StartAsync(cancellationToken);
        }
        _orchestrator.Start();
    }

    /// <summary>Stops everything in reverse order.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (!_started || _stopped.IsCancellationRequested)
            return;
        await _orchestrator.StopAsync();
        await _stopped.CancelAsync();
        await _recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_resourceService is not null)
            await _resourceService.DisposeAsync();
        _runFile.Delete();
    }

    /// <summary>Runs until Ctrl+C, SIGTERM or a failure on the way up, which sets the exit code to 1 and is named on the last line.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="Run" />
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        // In a test, the test starts and stops it.
        if (_isTest)
            return;
        if (_builder.Options.ShowHelp)
        {
            System.Console.WriteLine(EngineOptions.Help);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);

        var report = new ConsoleReport(System.Console.Out, Time);
        string? failure = null;
        try
        {
            await StartAsync(stop.Token);
            var reporting = report.FollowAsync(ResourceNotifications, _stopped.Token);
            await _orchestrator.WaitUntilReadyAsync(stop.Token);
            _ready = true;
            WriteRunFile();
            await report.ReadyAsync(ResourceNotifications, Model, State, _dashboard?.LoginUrl, stop.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, Time, stop.Token);
            await reporting;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            report.Stopping();
        }
        catch (DistributedApplicationException e)
        {
            failure = e.Message;
        }
        await DisposeAsync();
        if (failure is not null)
        {
            await System.Console.Error.WriteLineAsync($"error: {failure}");
            System.Environment.ExitCode = 1;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _orchestrator.Dispose();
        _http.Dispose();
        State.Dispose();
        await _services.DisposeAsync();
    }

    /// <inheritdoc />
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task RecordAsync()
    {
        await foreach (var _ in ResourceNotifications.WatchAsync(_stopped.Token))
            WriteRunFile();
    }

    private void WriteRunFile() => _runFile.Write(_ready, ResourceNotifications.Latest.OrderBy(e => Order(e.Resource)));

    private int Order(IResource resource)
    {
        for (var i = 0; i < Model.Count; i++)
            if (ReferenceEquals(Model[i], resource))
                return i;
        return Model.Count;
    }
}
