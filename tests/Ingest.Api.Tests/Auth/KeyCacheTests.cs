using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using LaunchStack.Auth;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Ingest.Api.Tests.Auth;

public sealed class KeyCacheTests
{
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<string, ApiKey> _stored = [];
    private readonly List<IReadOnlySet<string>> _lookUps = [];
    private readonly KeyCache _cache;
    private Task _mayAnswer = Task.CompletedTask;
    private bool _isAway;

    public KeyCacheTests() => _cache = new(
        async names =>
        {
            lock (_lookUps)
                _lookUps.Add(names);
            await _mayAnswer;
            return _isAway ? throw new InvalidOperationException("away") : _stored.Where(key => names.Contains(key.Key)).ToDictionary();
        },
        _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_looked_up_by_its_hash_and_its_holder_may_what_it_says()
    {
        var stored = Store("mine", Scopes.Read);
        var holder = await FindAsync("mine");
        Assert.Same(stored, Assert.IsType<KeyIdentity>(holder!.Identity).Key);
        Assert.True(holder.Identity.IsAuthenticated);
        Assert.Equal([Scopes.Read], holder.FindAll(Scopes.Claim).Select(claim => claim.Value));
        Assert.Equal([Name("mine")], Assert.Single(_lookUps));
        Assert.Null(await FindAsync("Mine"));
    }

    [Fact]
    public async Task A_revoked_key_is_void_three_seconds_after_it_was_looked_up()
    {
        Store("mine");
        var holder = await FindAsync("mine");
        _stored.Clear();
        _time.Advance(Believed - Tick);
        Assert.Same(holder, await FindAsync("mine"));
        Assert.Single(_lookUps);

        _time.Advance(Tick);
        Assert.Null(await FindAsync("mine"));
        Assert.Equal(2, _lookUps.Count);
    }

    [Fact]
    public async Task An_unknown_key_is_remembered_as_long_and_counts_once_it_is_made()
    {
        Assert.Null(await FindAsync("mine"));
        Store("mine");
        _time.Advance(Believed - Tick);
        Assert.Null(await FindAsync("mine"));
        Assert.Single(_lookUps);

        _time.Advance(Tick);
        Assert.NotNull(await FindAsync("mine"));
    }

    [Fact]
    public async Task An_answer_is_as_old_as_its_question()
    {
        Store("mine");
        var answer = Hold();
        var slow = FindAsync("mine");
        await AskedAsync(1);
        _time.Advance(Believed - Tick);
        answer.SetResult();
        Assert.NotNull(await slow);

        Assert.NotNull(await FindAsync("mine"));
        Assert.Single(_lookUps);
        _time.Advance(Tick);
        await FindAsync("mine");
        Assert.Equal(2, _lookUps.Count);
    }

    [Fact]
    public async Task All_who_come_while_a_look_up_runs_share_the_next()
    {
        Store("mine");
        Store("other");
        var answer = Hold();
        var first = FindAsync("mine");
        await AskedAsync(1);
        var waiting = Enumerable.Range(0, 100).Select(n => FindAsync(n % 2 == 0 ? "mine" : "other")).ToList();
        answer.SetResult();

        Assert.Equal("mine", NameOf(await first));
        Assert.Equal(Enumerable.Range(0, 100).Select(n => n % 2 == 0 ? "mine" : "other"), (await Task.WhenAll(waiting)).Select(NameOf));
        Assert.Equal(2, _lookUps.Count);
        Assert.Equal(new HashSet<string> { Name("mine"), Name("other") }, _lookUps[1]);
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_wait_and_not_remembered()
    {
        Store("mine");
        var answer = Hold();
        _isAway = true;
        var first = FindAsync("mine");
        await AskedAsync(1);
        var second = FindAsync("mine");
        answer.SetResult();
        foreach (var waiting in new[] { first, second })
            Assert.Equal("away", (await Assert.ThrowsAsync<InvalidOperationException>(() => waiting)).Message);

        _isAway = false;
        Assert.NotNull(await FindAsync("mine"));
    }

    [Fact]
    public async Task A_key_is_not_believed_any_longer_because_the_store_is_away()
    {
        Store("mine");
        await FindAsync("mine");
        _isAway = true;
        _time.Advance(Believed);
        await Assert.ThrowsAsync<InvalidOperationException>(() => FindAsync("mine"));
    }

    [Fact]
    public async Task Who_gives_up_waits_no_longer_and_the_others_get_their_answer()
    {
        Store("mine");
        var answer = Hold();
        using var impatient = new CancellationTokenSource();
        var given = _cache.FindAsync("mine", impatient.Token).AsTask();
        var other = FindAsync("mine");
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        answer.SetResult();
        Assert.NotNull(await other);
    }

    [Fact]
    public async Task A_revocation_made_here_counts_at_once()
    {
        Store("mine");
        await FindAsync("mine");
        _stored.Clear();
        _cache.Clear();
        Assert.Null(await FindAsync("mine"));
    }

    [Fact]
    public async Task What_strangers_try_is_forgotten_at_ten_thousand_keys()
    {
        Store("mine");
        await FindAsync("mine");
        for (var stranger = 1; stranger < 10_000; stranger++)
            Assert.Null(await FindAsync($"{stranger}"));
        await FindAsync("mine");
        Assert.Equal(10_000, _lookUps.Count);

        await FindAsync("one more");
        Assert.NotNull(await FindAsync("mine"));
        Assert.Equal(10_002, _lookUps.Count);
    }

    private Task<ClaimsPrincipal?> FindAsync(string key) => _cache.FindAsync(key, Token).AsTask();

    private ApiKey Store(string key, string scope = Scopes.Ingest) => _stored[Name(key)] = new(
        Guid.NewGuid(), key, [scope], null, null, false, null, null, null, default, null, null, null);

    private TaskCompletionSource Hold()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _mayAnswer = answer.Task;
        return answer;
    }

    private Task AskedAsync(int times) => Wait.UntilAsync(
        () =>
        {
            lock (_lookUps)
                return _lookUps.Count == times;
        },
        "the look-up runs");

    private static string Name(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string NameOf(ClaimsPrincipal? holder) => ((KeyIdentity)holder!.Identity!).Key.Name;
}
