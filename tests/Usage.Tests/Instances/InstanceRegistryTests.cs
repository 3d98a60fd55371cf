using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Usage.Tests.Instances;

public sealed class InstanceRegistryTests
{
    private static readonly Guid Ours = Guid.NewGuid();
    private static readonly Guid Theirs = Guid.NewGuid();
    private static readonly Guid User = Guid.NewGuid();

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedStore _store = new() { States = { [Ours] = new(User, false), [Theirs] = new(Guid.NewGuid(), false) } };
    private readonly InstanceRegistry _registry;

    public InstanceRegistryTests() => _registry = new(_store, _time);

    [Fact]
    public async Task Instances_are_known_missing_deleted_or_anothers()
    {
        var (missing, deleted) = (Guid.NewGuid(), Guid.NewGuid());
        _store.States[deleted] = new(User, true);

        var check = await CheckAsync(null, Ours, Theirs, missing, deleted, missing);
        Same(check, [], [missing], [deleted]);
        check = await CheckAsync(User, Ours, Theirs, missing);
        Same(check, [Theirs], [missing], []);
    }

    [Fact]
    public async Task Known_ones_are_remembered_for_a_minute_and_their_owner_for_seconds()
    {
        Same(await AskedAsync(1, null, Ours), [], [], []);
        Assert.Same(InstanceCheck.AllKnown, await AskedAsync(1, User, Ours));
        _time.Advance(TimeSpan.FromSeconds(5));
        await AskedAsync(1, null, Ours);
        await AskedAsync(2, User, Ours);
        _time.Advance(TimeSpan.FromSeconds(60));
        await AskedAsync(3, null, Ours);
    }

    [Fact]
    public async Task Unknown_ones_are_looked_up_every_time()
    {
        var late = Guid.NewGuid();
        Assert.Contains(late, (await AskedAsync(1, null, late)).Missing);
        _store.States[late] = new(null, false);
        Assert.Empty((await AskedAsync(2, null, late)).Missing);
        await AskedAsync(2, null, late);
    }

    [Fact]
    public async Task A_burst_of_cold_requests_shares_a_look_up_each_with_its_own_user()
    {
        _store.Gate = new(0);
        var first = CheckAsync(null, Ours);
        var burst = Enumerable.Range(0, 1000).Select(i => CheckAsync(i % 2 == 0 ? User : Guid.NewGuid(), Ours)).ToList();
        _store.Gate.Release(2);

        await first;
        var checks = await Task.WhenAll(burst);
        Assert.All(checks, (check, i) => Assert.Equal(i % 2 == 0 ? 0 : 1, check.Foreign.Count));
        Assert.InRange(_store.LookUps, 1, 2);
    }

    [Fact]
    public async Task The_newest_sample_goes_along_with_the_look_up()
    {
        using var list = Samples(Ours, Ours, Theirs);
        await _registry.CheckAsync(list, null, TestContext.Current.CancellationToken);
        Assert.Equal(new HashSet<InstanceSighting> { new(Ours, 1, null), new(Theirs, 2, null) }, _store.Sightings);
    }

    [Fact]
    public async Task A_registration_counts_at_once()
    {
        await CheckAsync(null, Ours);
        await _registry.PutAsync(new(Ours, "renamed", null), TestContext.Current.CancellationToken);
        await AskedAsync(2, null, Ours);
    }

    [Fact]
    public async Task A_flood_is_refused_before_the_database_is_asked()
    {
        var flood = Enumerable.Range(0, InstanceRegistry.MaxInstances + 1).Select(_ => Guid.NewGuid()).ToArray();
        await Assert.ThrowsAsync<RequestTooLargeException>(() => CheckAsync(null, flood));
        var names = flood.SelectMany(id => new InstanceName[] { new(null, $"{id}"), new(null, $"/{id}") }).ToList();
        await Assert.ThrowsAsync<RequestTooLargeException>(() => _registry.FindAsync(names, TestContext.Current.CancellationToken));
        Assert.Equal(0, _store.LookUps);
    }

    private static void Same(InstanceCheck check, Guid[] foreign, Guid[] missing, Guid[] deleted)
    {
        Assert.Equal(foreign, check.Foreign);
        Assert.Equal(missing, check.Missing);
        Assert.Equal(deleted, check.Deleted);
    }

    private async Task<InstanceCheck> AskedAsync(int lookUps, Guid? user, params Guid[] instances)
    {
        var check = await CheckAsync(user, instances);
        Assert.Equal(lookUps, _store.LookUps);
        return check;
    }

    private async Task<InstanceCheck> CheckAsync(Guid? user, params Guid[] instances)
    {
        using var list = Samples(instances);
        return await _registry.CheckAsync(list, user, TestContext.Current.CancellationToken);
    }

    private static SampleList Samples(params Guid[] instances)
    {
        var list = new SampleList();
        for (var i = 0; i < instances.Length; i++)
            list.Add(i, instances[i], i, default);
        return list;
    }

    private sealed class ScriptedStore : IInstanceStore
    {
        public Dictionary<Guid, InstanceState> States { get; } = [];

        public SemaphoreSlim? Gate { get; set; }

        public int LookUps { get; private set; }

        public IReadOnlySet<InstanceSighting> Sightings { get; private set; } = new HashSet<InstanceSighting>();

        public async Task<IReadOnlyDictionary<Guid, InstanceState>> FindAsync(IReadOnlySet<InstanceSighting> sightings)
        {
            LookUps++;
            Sightings = sightings;
            if (Gate is not null)
                await Gate.WaitAsync();
            return sightings.Select(s => s.Id).Distinct().Where(States.ContainsKey).ToDictionary(id => id, id => States[id]);
        }

        public Task<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>> FindAsync(IReadOnlySet<InstanceName> names) =>
            throw new NotSupportedException();

        public Task<IReadOnlyDictionary<Guid, string>> RegisterAsync(IReadOnlySet<NewInstance> instances) => throw new NotSupportedException();

        public Task<(Instance Instance, bool IsNew)> PutAsync(NewInstance instance, CancellationToken cancellationToken) =>
            Task.FromResult((new Instance(instance.Id, instance.Name ?? "", instance.UserId), false));
    }
}
