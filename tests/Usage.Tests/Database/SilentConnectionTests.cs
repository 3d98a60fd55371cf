using LaunchStack.Usage.Database;
using LaunchStack.Usage.Tests.Writing;
using Npgsql;

namespace LaunchStack.Usage.Tests.Database;

/// <summary>Connections in the pool that died without a word, while the server answers: nobody waits for them as for a slow statement.</summary>
public sealed class SilentConnectionTests(WriterDatabase database) : IClassFixture<WriterDatabase>, IAsyncLifetime
{
    private const int Connections = 4;

    private Cable _cable = null!;
    private NpgsqlDataSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        _cable = new(settings.Port);
        (settings.Host, settings.Port) = ("127.0.0.1", _cable.Port);
        _source = NpgsqlDataSource.Create(settings.ConnectionString);
        var open = new List<NpgsqlConnection>();
        for (var i = 0; i < Connections; i++)
        {
            open.Add(await _source.OpenConnectionAsync(Token));
            await open[i].ExecuteAsync("SELECT 1", Token);
        }
        foreach (var connection in open)
            await connection.DisposeAsync();
        _cable.Forget();
    }

    public async ValueTask DisposeAsync()
    {
        _cable.Dispose();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task A_read_runs_a_second_time_over_new_connections()
    {
        var executor = new DatabaseExecutor(_source, TimeProvider.System);
        Assert.Equal(
            Enumerable.Range(0, Connections),
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => executor.ReadAsync((connection, token) => connection.ScalarAsync<int>("SELECT $1", token, i), Token))));
    }

    [Fact]
    public async Task A_write_takes_none_of_them_and_runs_once()
    {
        var executor = new DatabaseExecutor(_source, TimeProvider.System);
        var runs = 0;
        Assert.Equal(2, await executor.WriteAsync(
            (connection, token) =>
            {
                runs++;
                return connection.ScalarAsync<int>("SELECT 2", token);
            }, Token));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_commit_takes_none_of_them()
    {
        await using var writer = WriterDatabase.Writer(_source);
        var instance = (await database.RegisterAsync(1))[0];
        Assert.Equal(1, (await WriterDatabase.WriteAsync(writer, [WriterDatabase.Sample(instance, 0)])).Accepted);
    }
}
