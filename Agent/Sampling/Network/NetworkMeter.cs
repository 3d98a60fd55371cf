using System.Text.Json;
using LaunchStack.Agent.State;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Sampling.Network;

/// <summary>Reads the network's counters, and keeps them so that they never fall, over restarts of the agent too.</summary>
/// <param name="root">Where /proc and /sys are.</param>
/// <param name="path">Where its state is kept.</param>
/// <param name="fsync">Whether it must survive a power failure.</param>
internal sealed partial class NetworkMeter(string root, string path, bool fsync, ILogger logger)
{
    // A device takes about 100 bytes; no machine has that many.
    private const int MaxStateBytes = 4 << 20;

    private readonly NetworkDevices _devices = new(root);
    private NetworkState? _state;
    private bool _isLoaded;
    private bool _isReported;

    /// <returns>Bytes received and sent; null where there is no device, and never was one.</returns>
    public (long In, long Out)? Read()
    {
        if (_devices.Read() is not { } devices)
            return null;
        if (!_isLoaded)
            (_state, _isLoaded) = (Load(), true);
        if (_state is null && devices.Count == 0)
            return null;

        var before = _state;
        _state = NetworkTotals.Advance(before, KernelFile.Read(Path.Combine(root, "proc/sys/kernel/random/boot_id"))?.Trim(), devices);
        // Before it is told: a counter that was told may not fall after a restart.
        if (before is null || before.Boot != _state.Boot || !before.Devices.SequenceEqual(_state.Devices))
            Save(_state);
        return (_state.In, _state.Out);
    }

    private NetworkState? Load()
    {
        if (!Path.Exists(path))
            return null;
        try
        {
            if (StateFile.Read(path, MaxStateBytes) is { } bytes
                && JsonSerializer.Deserialize(bytes, NetworkJson.Default.NetworkState) is { In: >= 0, Out: >= 0, Devices: not null } state
                && state.Devices.All(device => device is { Name: not null, In: >= 0, Out: >= 0 }))
                return state;
        }
        catch (JsonException)
        {
            // Moved away like anything else that is no state.
        }

        Obstacle.TryMove(path, "it holds no network counters", logger);
        return null;
    }

    private void Save(NetworkState state)
    {
        var reason = StateFile.TryWrite(path, JsonSerializer.SerializeToUtf8Bytes(state, NetworkJson.Default.NetworkState), fsync, logger);
        if (reason is not null && !_isReported)
            LogNotSaved(path, reason);
        _isReported = reason is not null;
    }

    [LoggerMessage(EventName = "NetworkStateNotSaved", Level = LogLevel.Warning,
        Message = "{File} cannot be written ({Reason}): if the agent is restarted before it can be, a network device that comes or goes meanwhile looks like traffic")]
    private partial void LogNotSaved(string file, string reason);
}
