using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public class InstanceNamesTests
{
    private static readonly Guid One = new("00000000-0000-4000-8000-000000000001");
    private static readonly Guid Two = new("00000000-0000-4000-8000-000000000002");

    private static readonly Guid Three = new("00000000-0000-4000-8000-000000000003");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_and_container_ids_lead_to_instances_and_the_rest_to_reasons()
    {
        await using var database = await TestTimescale.CreateAsync();
        await using (var insert = database.DataSource.CreateCommand(
            $"""
            INSERT INTO users (id) VALUES ('{One}');
            INSERT INTO instances (id, user_id, name, container_id, status, deleted_at) VALUES
                ('{One}', '{One}', 'n8n-1', '4f0c', 'running', NULL), ('{Two}', NULL, 'twin', NULL, 'running', NULL),
                (gen_random_uuid(), '{One}', 'twin', NULL, 'running', NULL), (gen_random_uuid(), NULL, 'X', NULL, 'running', NULL),
                ('{Three}', '{One}', '/docker/X', NULL, 'running', NULL), (gen_random_uuid(), NULL, 'gone', NULL, 'stopped', now())
            """))
            await insert.ExecuteNonQueryAsync(Token);

        var time = new FakeTimeProvider();
        var options = new MappingOptions();
        var registry = new InstanceRegistry(new InstanceTable(new DatabaseExecutor(database.DataSource, TimeProvider.System), time), time);
        var names = new InstanceNames(registry, Options.Create(options), time);
        var registers = false;
        IReadOnlyDictionary<Guid, string> promised = new Dictionary<Guid, string>();

        async Task<InstanceReference> ResolveAsync(string name, SeriesOwner owner = default, InstanceReference? again = null)
        {
            var reference = again ?? new InstanceReference(name, null);
            promised = await names.ResolveAsync(owner, registers, [reference], Token);
            return reference;
        }

        Assert.Equal(One, (await ResolveAsync("/n8n-1")).Id);
        Assert.Equal(One, (await ResolveAsync("/sys/fs/cgroup/docker/4f0c")).Id);
        // The whole name comes first, and what is no cgroup's path is not cut.
        Assert.Equal(Three, (await ResolveAsync("/docker/X")).Id);
        Assert.Equal(UnmappedReason.UnknownInstance, (await ResolveAsync("/docker/X", owner: new(null, Two))).Reason);
        Assert.NotEqual(Three, Assert.NotNull((await ResolveAsync("/lxc/X")).Id));
        Assert.Equal(UnmappedReason.UnknownInstance, (await ResolveAsync("team-a/X")).Reason);
        Assert.Equal(UnmappedReason.AmbiguousInstance, (await ResolveAsync("twin")).Reason);
        Assert.Null((await ResolveAsync("twin", owner: new(Two, null))).Id);
        Assert.NotEqual(Two, (await ResolveAsync("twin", owner: new(One, null))).Id);
        Assert.Equal(One, (await ResolveAsync("n8n-1", owner: new(null, One))).Id);
        Assert.Equal(UnmappedReason.UnknownInstance, (await ResolveAsync("n8n-1", owner: new(null, Two))).Reason);
        Assert.Equal(UnmappedReason.UnknownInstance, (await ResolveAsync("gone")).Reason);
        Assert.Equal(UnmappedReason.UnknownInstance, (await ResolveAsync("n8n-1\0")).Reason);

        // A name that a tenant's key has registered too stays the platform's own instance's, and the one's that it has led to.
        var known = await ResolveAsync("n8n-1");
        await registry.RegisterAsync([new(NameBasedGuid.Create(One, "n8n-1"), "n8n-1", One), new(NameBasedGuid.Create(One, "own"), "own", One)], Token);
        time.Advance(options.NameLifetime + TimeSpan.FromSeconds(1));
        Assert.Equal((One, One), ((await ResolveAsync("n8n-1", again: known)).Id, (await ResolveAsync("n8n-1")).Id));
        var first = await ResolveAsync("own");
        await registry.RegisterAsync([new(NameBasedGuid.Create(Two, "own"), "own", One)], Token);
        time.Advance(options.NameLifetime + TimeSpan.FromSeconds(1));
        Assert.Equal(NameBasedGuid.Create(One, "own"), (await ResolveAsync("own", again: first)).Id);
        Assert.Equal(UnmappedReason.AmbiguousInstance, (await ResolveAsync("own")).Reason);
        await registry.RegisterAsync([new(NameBasedGuid.Create(NameBasedGuid.Instances, "own"), "own", null)], Token);
        time.Advance(options.NameLifetime + TimeSpan.FromSeconds(1));
        Assert.Equal(NameBasedGuid.Create(NameBasedGuid.Instances, "own"), (await ResolveAsync("own")).Id);

        // A name that comes later is found once the old answer has grown too old, and not before.
        var later = await ResolveAsync("later");
        registers = true;
        Assert.Null((await ResolveAsync("later", again: later)).Id);
        time.Advance(options.NameLifetime + TimeSpan.FromSeconds(1));
        var id = NameBasedGuid.Create(NameBasedGuid.Instances, "later");
        Assert.Equal(id, (await ResolveAsync("later", again: later)).Id);
        Assert.Equal([new(id, "later")], promised);

        // An id that was only promised is not believed: the request may have been refused.
        registers = false;
        Assert.Null((await ResolveAsync("later", again: later)).Id);
        await registry.PutAsync(new(id, "later", null), Token);
        Assert.Equal(id, (await ResolveAsync("later")).Id);
        Assert.Empty(promised);

        // What is registered here is known here at once.
        var soon = await ResolveAsync("soon");
        time.Advance(TimeSpan.FromSeconds(1));
        await registry.PutAsync(new(Two, "soon", null), Token);
        Assert.Equal(Two, (await ResolveAsync("soon", again: soon)).Id);

        // Also where the name passes to another.
        time.Advance(TimeSpan.FromSeconds(1));
        await registry.PutAsync(new(Two, "soon-old", null), Token);
        await registry.PutAsync(new(One, "soon", null), Token);
        Assert.Equal(One, (await ResolveAsync("soon", again: soon)).Id);
    }
}
