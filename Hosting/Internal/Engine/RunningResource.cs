using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.State;

namespace Aspire.Hosting.Internal.Engine;

/// <summary>One replica through its starts and stops; its log goes on from one to the next.</summary>
internal sealed class RunningResource(ResourceLog log, Func<ResourceSupervisor> create) : IDisposable
{
    private readonly Lock _lock = new();
    private ResourceSupervisor _supervisor = create();
    private CancellationTokenSource _stop = new();
    private bool _started;

    public string Id => _supervisor.Id;

    public IResource Resource => _supervisor.Resource;

    public ResourceSupervisor Supervisor => _supervisor;

    public ResourceLog Log => log;

    /// <summary>Between a start and the end for good.</summary>
    public bool IsActive => _started && !_supervisor.Over.IsCompleted;

    public void Start()
    {
        lock (_lock)
        {
            if (IsActive)
                return;
            if (_started)
            {
                _stop.Dispose();
                _stop = new();
                _supervisor = create();
            }
            _started = true;
            _ = _supervisor.RunAsync(_stop.Token);
        }
    }

    public async Task StopAsync()
    {
        Task over;
        lock (_lock)
        {
            if (!_started)
                return;
            _stop.Cancel();
            over = _supervisor.Over;
        }
        await over;
    }

    public void Dispose()
    {
        _stop.Dispose();
        log.Dispose();
    }
}
