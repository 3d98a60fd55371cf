using Microsoft.AspNetCore.Components;

namespace LaunchStack.Dashboard.Pages;

/// <summary>A page that looks at the stores once a second and draws again. Polling bounds the work under a flood; events would not.</summary>
public abstract class LivePage : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _gone = new();
    private Task _loop = Task.CompletedTask;

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    /// <summary>True while the reader has stopped the page.</summary>
    protected bool Paused { get; set; }

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <summary>Reads what is to be shown.</summary>
    protected abstract void Refresh();

    /// <inheritdoc />
    protected override void OnParametersSet() => Refresh();

    /// <inheritdoc />
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _loop = LoopAsync();
    }

    /// <inheritdoc />
    public virtual async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _loop;
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Every, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_gone.Token))
            {
                if (Paused) continue;
                Refresh();
                StateHasChanged();
            }
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
        }
    }
}
