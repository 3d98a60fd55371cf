using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Instances;

/// <summary>
/// Which instances are registered, and whose they are. Known ones are remembered for a moment; unknown ones are looked up every time, so
/// that a registration counts from its commit on, whichever replica took it. Requests that ask at the same time share a statement.
/// Thread-safe.
/// </summary>
public sealed class InstanceRegistry
{
    /// <summary>Instances that one request may make us look up or register: as many as samples (<c>Ingest:Bodies:MaxSamples</c>).</summary>
    public const int MaxInstances = 10_000;

    // Each look-up also notes when the instance was heard of, which is once a minute.
    private static readonly TimeSpan RegisteredFor = TimeSpan.FromMinutes(1);

    // A change of owner is a matter of access.
    private static readonly TimeSpan OwnedFor = TimeSpan.FromSeconds(5);

    private readonly IInstanceStore _store;
    private readonly TimeProvider _time;
    private readonly BatchLoader<InstanceSighting, IReadOnlyDictionary<Guid, InstanceState>> _byId;
    private readonly BatchLoader<InstanceName, IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>> _byName;
    private readonly BatchLoader<NewInstance, IReadOnlyDictionary<Guid, string>> _registrations;
    private readonly ConcurrentDictionary<Guid, (Guid? Owner, long At)> _seen = new();
    private long _lastPut = long.MinValue;

    /// <summary>Over a table of instances.</summary>
    public InstanceRegistry(IInstanceStore store, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(store);
        (_store, _time) = (store, time);
        _byId = new(store.FindAsync);
        _byName = new(store.FindAsync);
        _registrations = new(store.RegisterAsync);
    }

    /// <summary>When <see cref="PutAsync"/> was done last, a timestamp of the time provider: what was found about names before may be out of date.</summary>
    public long LastPut => Interlocked.Read(ref _lastPut);

    /// <summary>Looks at every instance of a request.</summary>
    /// <param name="samples">The request.</param>
    /// <param name="user">The user whose instances they must be; null: anybody's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestTooLargeException">More than <see cref="MaxInstances"/> have to be looked up.</exception>
    /// <exception cref="DatabaseUnavailableException">The database had to be asked and did not answer.</exception>
    public async ValueTask<InstanceCheck> CheckAsync(SampleList samples, Guid? user, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (NotSeen(samples.Rows, user) is not { } newest)
            return InstanceCheck.AllKnown;
        RequireFew(newest.Count);

        var asked = _time.GetTimestamp();
        var found = await _byId.LoadAsync(newest.Select(pair => new InstanceSighting(pair.Key, pair.Value, user)), cancellationToken);
        var (foreign, missing, deleted) = (new HashSet<Guid>(), new HashSet<Guid>(), new HashSet<Guid>());
        foreach (var id in newest.Keys)
        {
            if (!found.TryGetValue(id, out var state))
                missing.Add(id);
            else if (user is not null && state.Owner != user)
                foreign.Add(id);
            else if (state.IsDeleted)
                deleted.Add(id);
            else
                _seen[id] = (state.Owner, asked);
        }
        return new(foreign, missing, deleted);
    }

    /// <summary>The instances that bear each name; a name that none bears is absent.</summary>
    /// <exception cref="RequestTooLargeException">More than two names for each of <see cref="MaxInstances"/>.</exception>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>> FindAsync(IReadOnlyCollection<InstanceName> names, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(names);
        RequireFew((names.Count + 1) / 2);
        return _byName.LoadAsync(names, cancellationToken);
    }

    /// <summary>Registers those that are not there yet.</summary>
    /// <returns>Why the database refuses an instance, by id, of these and of others.</returns>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<IReadOnlyDictionary<Guid, string>> RegisterAsync(IEnumerable<NewInstance> instances, CancellationToken cancellationToken) =>
        _registrations.LoadAsync(instances, cancellationToken);

    /// <summary>Registers an instance, or changes its name and user; a deleted one comes back.</summary>
    /// <returns>The instance as it stands, and whether it is new.</returns>
    /// <exception cref="InstanceException">The database refuses it: no such user, or none where it wants one.</exception>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public async Task<(Instance Instance, bool IsNew)> PutAsync(NewInstance instance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(instance);
        var put = await _store.PutAsync(instance, cancellationToken);
        _seen.TryRemove(instance.Id, out _);
        Interlocked.Exchange(ref _lastPut, _time.GetTimestamp());
        return put;
    }

    /// <summary>Refuses what no request may ask.</summary>
    /// <param name="count">Instances of one request that this service does not know yet.</param>
    /// <exception cref="RequestTooLargeException">More than <see cref="MaxInstances"/>.</exception>
    public static void RequireFew(int count)
    {
        if (count > MaxInstances)
            throw new RequestTooLargeException($"More than {MaxInstances} instances in one request are new to this service. Send smaller batches.");
    }

    // Those to look up, each with its newest sample; null when all are known.
    private Dictionary<Guid, long>? NotSeen(ReadOnlySpan<SampleRow> rows, Guid? user)
    {
        Dictionary<Guid, long>? missing = null;
        var (last, lastKnown) = (default(Guid), false);
        var now = _time.GetTimestamp();
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            if (i == 0 || row.Instance != last)
            {
                last = row.Instance;
                lastKnown = _seen.TryGetValue(last, out var seen)
                    && _time.GetElapsedTime(seen.At, now) < (user is null ? RegisteredFor : OwnedFor)
                    && (user is null || seen.Owner == user);
            }
            if (lastKnown)
                continue;
            ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(missing ??= [], row.Instance, out var known);
            newest = known ? Math.Max(newest, row.Time) : row.Time;
        }
        return missing;
    }
}
