using System.Reflection;

namespace Aspire.Hosting.Internal;

/// <summary>Lets a test run an AppHost's Main and take its builder and its application out of it.</summary>
internal sealed class AppHostInterception(Assembly assembly, string[] args)
{
    private static readonly AsyncLocal<AppHostInterception?> Flow = new();
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayBuild = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DistributedApplicationBuilder? _builder;

    public static AppHostInterception? Current => Flow.Value;

    public Assembly Assembly { get; } = assembly;

    public string[] Args { get; } = args;

    /// <summary>Runs Main up to its call of Build and returns the builder as it stands there.</summary>
    public async Task<DistributedApplicationBuilder> RunToBuildAsync(CancellationToken cancellationToken)
    {
        var entry = Assembly.EntryPoint ?? throw new InvalidOperationException($"{Assembly} has no entry point");
        var main = Task.Factory.StartNew(
            () =>
            {
                Flow.Value = this;
                try
                {
                    entry.Invoke(null, entry.GetParameters().Length == 0 ? null : [Args]);
                }
                catch (TargetInvocationException e)
                {
                    _built.TrySetException(e.InnerException!);
                    _application.TrySetException(e.InnerException!);
                }
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var first = await Task.WhenAny(_built.Task, main);
        return first == main && !_built.Task.IsCompleted
            ? throw new InvalidOperationException($"{Assembly.GetName().Name} ended without building an application")
            : await _built.Task;
    }

    /// <summary>Lets Main go on and returns the application that it builds.</summary>
    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult();
        return _application.Task.WaitAsync(cancellationToken);
    }

    public void OnBuilder(DistributedApplicationBuilder builder) => _builder = builder;

    public void OnBuild()
    {
        _built.TrySetResult(_builder!);
        // Main's own thread; it has nothing else to do.
        _mayBuild.Task.GetAwaiter().GetResult();
    }

    public void OnBuilt(DistributedApplication application) => _application.TrySetResult(application);
}
