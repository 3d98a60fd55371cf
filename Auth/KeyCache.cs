using System.Collections.Concurrent;
using System.Security.Claims;
using LaunchStack.Usage.Database;

namespace LaunchStack.Auth;

/// <summary>
/// Keys as they stood a moment ago. A revocation has to count everywhere within 5 seconds, so nothing is believed for longer than
/// <see cref="Believed"/>; a database that is away makes that a 503, not an open door.
/// </summary>
public sealed class KeyCache
{
    // Strangers may try keys; what they tried is remembered too, but not without end.
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(3);

    private readonly BatchLoader<string, IReadOnlyDictionary<string, ApiKey>> _loader;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (ClaimsPrincipal? Principal, long At)> _known = new();

    /// <summary>Over <paramref name="store"/>.</summary>
    public KeyCache(KeyStore store, TimeProvider time)
        : this(store.FindAsync, time)
    {
    }

    internal KeyCache(Func<IReadOnlySet<string>, Task<IReadOnlyDictionary<string, ApiKey>>> find, TimeProvider time) =>
        (_loader, _time) = (new(find), time);

    /// <summary>The holder of <paramref name="key"/>, or null when it is unknown, revoked or expired.</summary>
    public async ValueTask<ClaimsPrincipal?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var name = KeyText.Name(KeyText.Hash(key));
        if (_known.TryGetValue(name, out var known) && _time.GetElapsedTime(known.At) < Believed)
            return known.Principal;

        var asked = _time.GetTimestamp();
        var found = await _loader.LoadAsync([name], cancellationToken);
        if (_known.Count >= MaxEntries)
            _known.Clear();
        var principal = found.TryGetValue(name, out var details) ? new ClaimsPrincipal(new KeyIdentity(details)) : null;
        _known[name] = (principal, asked);
        return principal;
    }

    /// <summary>Forgets everything, after a revocation that was made here.</summary>
    public void Clear() => _known.Clear();
}
