using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Npgsql;

namespace LaunchStack.Usage.Tests.Writing;

/// <summary>One database for a class of tests; each test has instances of its own.</summary>
public sealed class WriterDatabase : IAsyncLifetime
{
    private TestTimescale? _database;

    public NpgsqlDataSource DataSource => _database!.DataSource;

    public string ConnectionString => _database!.ConnectionString;

    /// <summary>A whole second, so that it comes back as it went.</summary>
    public static DateTimeOffset Now { get; } =
        DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());

    public async ValueTask InitializeAsync() => _database = await TestTimescale.CreateAsync();

    public ValueTask DisposeAsync() => _database!.DisposeAsync();

    public UsageWriter Writer(Action<UsageWriterOptions>? configure = null, Action? onCommitted = null, TimeSpan? kept = null) =>
        Writer(DataSource, configure, onCommitted, kept: kept);

    public static UsageWriter Writer(
        NpgsqlDataSource dataSource, Action<UsageWriterOptions>? configure = null, Action? onCommitted = null, TimeProvider? time = null, TimeSpan? kept = null)
    {
        var options = new UsageWriterOptions();
        configure?.Invoke(options);
        time ??= TimeProvider.System;
        return new(new DatabaseExecutor(dataSource, time), options, time, onCommitted, () => kept);
    }

    public Task<Guid[]> RegisterAsync(int count) => RegisterAsync(DataSource, count);

    public static async Task<Guid[]> RegisterAsync(NpgsqlDataSource dataSource, int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Guid.NewGuid()).ToArray();
        await using var command = dataSource.CreateCommand(
            "INSERT INTO instances (id, name, status, created_at) SELECT id, 'test', 'running', now() FROM unnest($1::uuid[]) id");
        command.Parameters.Add(new NpgsqlParameter { Value = ids });
        await command.ExecuteNonQueryAsync();
        return ids;
    }

    public Task<T> ScalarAsync<T>(string sql, params object[] values) => DataSource.ScalarAsync<T>(sql, values);

    /// <summary>Id of the newest row of the outbox: those after it are the test's own.</summary>
    public Task<long> LastEventAsync() => ScalarAsync<long>("SELECT coalesce(max(id), 0) FROM outbox");

    public static UsageSample Sample(Guid instance, int second, double? cpu = 1) =>
        new(instance, Now.AddSeconds(-second), new() { CpuUsage = cpu, MemoryUsage = 2, MemoryLimit = 3, NetworkIn = 5, NetworkOut = 6 });

    public static async Task<UsageOutcome> WriteAsync(
        UsageWriter writer, IEnumerable<UsageSample> samples, ConflictMode conflict = ConflictMode.Skip)
    {
        using var batch = writer.CreateBatch(conflict);
        var index = 0;
        foreach (var sample in samples)
            batch.Add(index++, sample);
        return await writer.WriteAsync(batch, TestContext.Current.CancellationToken);
    }
}
