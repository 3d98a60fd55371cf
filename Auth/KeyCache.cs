using System.Collections.Concurrent;
using System.Security.Claims;

namespace LaunchStack.Auth;

/// <summary>
/// Keys as they stood a moment ago. A revocation has to count everywhere within 5 seconds, so nothing is believed for longer than
/// <see cref="Believed"/>; a database that is away makes that a 503, not an open door.
/// </summary>
public sealed class KeyCache(KeyStore store, TimeProvider time)
{
    // Strangers may try keys; what they tried is remembered too, but not without end.
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, (ClaimsPrincipal? Principal, long At)> _known = new();

    /// <summary>The holder of <paramref name="key"/>, or null when it is unknown, revoked or expired.</summary>
    public async ValueTask<ClaimsPrincipal?> FindAsync(string key, CancellationToken cancellationToken)
    {
        // Under its hash: the process need not hold keys in clear.
        var hash = KeyText.Hash(key);
        var name = Convert.ToHexString(hash);
        if (_known.TryGetValue(name, out var known) && time.GetElapsedTime(known.At) < Believed)
            return known.Principal;

        var asked = time.GetTimestamp();
        var found = await store.UseAsync(hash, cancellationToken);
        if (_known.Count >= MaxEntries)
            _known.Clear();
        var principal = found is null ? null : new ClaimsPrincipal(new KeyIdentity(found));
        _known[name] = (principal, asked);
        return principal;
    }

    /// <summary>Forgets everything, after a revocation that was made here.</summary>
    public void Clear() => _known.Clear();
}
