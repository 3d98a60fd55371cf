using LaunchStack.Usage.Database;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Tests.Writing;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Usage.Tests.Instances;

public sealed class InstanceTableTests(WriterDatabase database) : IClassFixture<WriterDatabase>
{
    private readonly InstanceTable _table = new(new DatabaseExecutor(database.DataSource, TimeProvider.System), new FixedTime(WriterDatabase.Now));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Registered_ones_are_found_with_their_owner_and_whether_they_are_gone()
    {
        var user = await database.ScalarAsync<Guid>("INSERT INTO users DEFAULT VALUES RETURNING id");
        var (owned, gone, missing) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        Assert.Empty(await _table.RegisterAsync(Set(new NewInstance(owned, "owned", user), new(gone, null, null))));
        await database.ScalarAsync<Guid>("UPDATE instances SET deleted_at = now() WHERE id = $1 RETURNING id", gone);

        var found = await _table.FindAsync(Set(Seen(owned), Seen(gone), Seen(missing), Seen(owned, user: user)));
        Assert.Equal(new Dictionary<Guid, InstanceState> { [owned] = new(user, false), [gone] = new(null, true) }, found);
    }

    [Fact]
    public async Task Many_are_registered_by_one_statement_and_what_is_there_stays_as_it_is()
    {
        var ids = Enumerable.Range(0, 2000).Select(_ => Guid.NewGuid()).ToList();
        await _table.PutAsync(new(ids[7], "mine", null), Token);
        Assert.Empty(await _table.RegisterAsync(ids.Select(id => new NewInstance(id, $"n {id}", null)).ToHashSet()));
        Assert.Equal(2000, (await _table.FindAsync(ids.Select(id => Seen(id)).ToHashSet())).Count);
        Assert.Equal("mine", await database.ScalarAsync<string>("SELECT name FROM instances WHERE id = $1", ids[7]));
    }

    [Fact]
    public async Task One_that_the_database_refuses_costs_the_others_nothing()
    {
        var (good, bad, stranger) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var refused = await _table.RegisterAsync(Set(new NewInstance(good, null, null), new(bad, null, stranger)));
        Assert.Equal([new(bad, $"user_id: there is no user {stranger}.")], refused);
        Assert.Single(await _table.FindAsync(Set(Seen(good), Seen(bad))));
        await Assert.ThrowsAsync<InstanceException>(() => _table.PutAsync(new(bad, null, stranger), Token));
    }

    [Fact]
    public async Task Names_and_container_ids_are_found_among_the_users_own()
    {
        var user = await database.ScalarAsync<Guid>("INSERT INTO users DEFAULT VALUES RETURNING id");
        var (one, twin) = (Guid.NewGuid(), Guid.NewGuid());
        await _table.RegisterAsync(Set(new NewInstance(one, "twins", user), new(twin, "twins", null)));
        await database.ScalarAsync<Guid>("UPDATE instances SET container_id = 'c-1' WHERE id = $1 RETURNING id", one);

        var found = await _table.FindAsync(Set(new InstanceName(null, "twins"), new(user, "twins"), new(null, "c-1"), new(Guid.NewGuid(), "c-1"), new(null, "nobody")));
        Assert.Equal(new HashSet<Guid> { one, twin }, found[new(null, "twins")]);
        Assert.Equal(new HashSet<Guid> { one }, found[new(user, "twins")]);
        Assert.Equal(new HashSet<Guid> { one }, found[new(null, "c-1")]);
        Assert.Equal(3, found.Count);
    }

    [Fact]
    public async Task A_repeated_put_changes_what_it_names_and_revives()
    {
        var id = Guid.NewGuid();
        Assert.Equal((new Instance(id, $"instance {id.ToString()[..8]}", null), true), await _table.PutAsync(new(id, null, null), Token));
        await database.ScalarAsync<Guid>("UPDATE instances SET deleted_at = now() WHERE id = $1 RETURNING id", id);
        Assert.Equal((new Instance(id, "named", null), false), await _table.PutAsync(new(id, "named", null), Token));
        Assert.Equal((new Instance(id, "named", null), false), await _table.PutAsync(new(id, null, null), Token));
        Assert.False((await _table.FindAsync(Set(Seen(id))))[id].IsDeleted);
    }

    [Theory]
    [InlineData(-2, "00:00:00|-00:02:00")]
    [InlineData(3, "00:00:00|00:03:00")]
    // Kept while nobody listened: nothing is learnt about the clock.
    [InlineData(-6, "00:00:00|?")]
    public async Task What_an_instances_clock_says_is_noted_when_it_is_heard_of(int minutes, string noted)
    {
        var id = (await database.RegisterAsync(1))[0];
        var newest = WriterDatabase.Now.AddMinutes(minutes);
        await _table.FindAsync(Set(Seen(id, newest.AddSeconds(-1)), Seen(id, newest)));
        Assert.Equal(noted, await NotedAsync());

        // Within the minute nothing is written, whatever comes.
        await _table.FindAsync(Set(Seen(id, newest.AddSeconds(30))));
        Assert.Equal(noted, await NotedAsync());

        Task<string> NotedAsync() => database.ScalarAsync<string>(
            "SELECT (last_seen_at - $2) || '|' || coalesce(clock_skew::text, '?') FROM instances WHERE id = $1 AND first_seen_at = last_seen_at",
            id, WriterDatabase.Now.UtcDateTime);
    }

    [Fact]
    public async Task Another_users_key_does_not_note_that_an_instance_was_heard_of()
    {
        var user = await database.ScalarAsync<Guid>("INSERT INTO users DEFAULT VALUES RETURNING id");
        var id = Guid.NewGuid();
        await _table.RegisterAsync(Set(new NewInstance(id, null, user)));
        await _table.FindAsync(Set(Seen(id, user: Guid.NewGuid())));
        Assert.True(await database.ScalarAsync<bool>("SELECT last_seen_at IS NULL FROM instances WHERE id = $1", id));
    }

    [Fact]
    public async Task What_the_table_has_is_not_learnt_before_it_is_there()
    {
        var (id, time) = (Guid.NewGuid(), new FakeTimeProvider(WriterDatabase.Now));
        var early = new InstanceTable(new DatabaseExecutor(database.DataSource, time), time);
        await early.PutAsync(new(id, null, null), Token);
        await database.ScalarAsync<Guid>("UPDATE instances SET deleted_at = now() WHERE id = $1 RETURNING id", id);
        early = new InstanceTable(new DatabaseExecutor(database.DataSource, time), time);
        await database.DataSource.RunAsync("ALTER TABLE instances RENAME TO not_yet");
        try
        {
            await Assert.ThrowsAsync<DatabaseUnavailableException>(() => early.FindAsync(Set(Seen(id))));
        }
        finally
        {
            await database.DataSource.RunAsync("ALTER TABLE not_yet RENAME TO instances");
        }
        time.Advance(DatabaseExecutor.RetryAfter);
        Assert.True((await early.FindAsync(Set(Seen(id))))[id].IsDeleted);
    }

    private static InstanceSighting Seen(Guid id, DateTimeOffset? newest = null, Guid? user = null) =>
        new(id, PostgresTime.FromInstant(newest ?? WriterDatabase.Now), user);

    private static HashSet<T> Set<T>(params T[] items) => [.. items];
}
