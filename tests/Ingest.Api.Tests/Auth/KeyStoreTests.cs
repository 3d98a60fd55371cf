using LaunchStack.Auth;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Ingest.Api.Tests.Auth;

public sealed class KeyStoreTests : IAsyncLifetime
{
    private TestPostgres _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestPostgres.CreateAsync();
        await _database.DataSource.RunAsync(
            """
            CREATE TABLE api_keys (id uuid PRIMARY KEY, name text, hash bytea UNIQUE, scopes text[], user_id uuid, instance_id uuid, registers_instances boolean,
                samples_per_second int, burst int, new_instances_per_day int, created_at timestamptz DEFAULT now(), expires_at timestamptz,
                revoked_at timestamptz, last_used_at timestamptz)
            """);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_key_s_use_is_noted_to_the_minute_and_keys_that_somebody_holds_are_found_like_the_others()
    {
        var store = Store(_database.DataSource);
        var (held, other) = (await MakeAsync(store), await MakeAsync(store));
        await using var holder = await _database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await holder.BeginTransactionAsync(Token);
        await holder.RunAsync("UPDATE api_keys SET name = 'changed' WHERE id = $1", held.Id);

        Assert.Equal(new[] { held.Id, other.Id }.Order(), (await store.FindAsync(new HashSet<string> { held.Hash, other.Hash })).Values.Select(k => k.Id).Order());
        await Wait.UntilAsync(async () => await LastUsedAsync(other.Id) is not null, "the other's use is noted");
        Assert.Null(await LastUsedAsync(held.Id));

        await transaction.RollbackAsync(Token);
        var noted = await LastUsedAsync(other.Id);
        await Wait.UntilAsync(async () => await store.FindAsync(new HashSet<string> { held.Hash, other.Hash }) is not null && await LastUsedAsync(held.Id) is not null,
            "the use of the one that was held is noted");
        Assert.Equal(noted, await LastUsedAsync(other.Id));
    }

    [Fact]
    public async Task A_key_is_found_where_nothing_can_be_written()
    {
        var made = await MakeAsync(Store(_database.DataSource));
        await using var readOnly = NpgsqlDataSource.Create(_database.ConnectionString + ";Options=-c default_transaction_read_only=on");
        var store = Store(readOnly);
        foreach (var _ in Enumerable.Range(0, 3))
            Assert.Equal(made.Id, Assert.Single(await store.FindAsync(new HashSet<string> { made.Hash })).Value.Id);
    }

    private static KeyStore Store(NpgsqlDataSource source) => new(new DatabaseExecutor(source, TimeProvider.System));

    private static async Task<(Guid Id, string Hash)> MakeAsync(KeyStore store)
    {
        var (key, details) = await store.MakeAsync(new("k", [Scopes.Read], null, null, null, null, null, null, null), Token);
        return (details.Id, KeyText.Name(KeyText.Hash(key)));
    }

    private Task<string?> LastUsedAsync(Guid key) => _database.DataSource.TextAsync($"SELECT last_used_at::text FROM api_keys WHERE id = '{key}'");
}
