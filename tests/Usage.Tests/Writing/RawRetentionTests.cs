using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class RawRetentionTests(WriterDatabase database) : IClassFixture<WriterDatabase>
{
    private const string Policy = "FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage'";

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_are_taken_as_long_as_the_policy_keeps_them_also_when_it_changes()
    {
        using var retention = Of(database.DataSource);
        await retention.StartAsync(Token);
        Assert.Equal(TimeSpan.FromDays(90), retention.Value);

        foreach (var (change, kept) in new (string, TimeSpan?)[]
                 {
                     ($"SELECT alter_job(job_id, config => jsonb_set(config, '{{drop_after}}', '\"45 days\"')) {Policy}", TimeSpan.FromDays(45)),
                     ($"SELECT delete_job(job_id) {Policy}", null),
                     ("SELECT add_retention_policy('resource_usage', interval '10000 years', initial_start => now() + interval '1 day')", null),
                 })
        {
            await database.DataSource.RunAsync(change);
            await Wait.UntilAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromMinutes(1));
                    return kept is null ? retention.Value is null or { TotalDays: > 36_000 } : retention.Value == kept;
                },
                $"they are kept {kept}");
        }
        await retention.StopAsync(Token);
    }

    [Fact]
    public async Task A_database_that_is_away_at_the_start_is_asked_until_it_answers_and_no_sample_is_taken_before()
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var cable = new Cable(server.Port);
        cable.Hold();
        server.Port = cable.Port;
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        using var retention = Of(source);
        await retention.StartAsync(Token);
        await using var writer = new UsageWriter(new DatabaseExecutor(database.DataSource, TimeProvider.System), new(), TimeProvider.System, kept: () => retention.Value);
        Assert.Contains("how long samples are kept", Assert.Throws<DatabaseUnavailableException>(() => writer.CreateBatch()).Message, StringComparison.Ordinal);

        cable.Release();
        await Wait.UntilAsync(
            () =>
            {
                _time.Advance(DatabaseExecutor.RetryAfter);
                try
                {
                    writer.CreateBatch().Dispose();
                    return true;
                }
                catch (DatabaseUnavailableException)
                {
                    return false;
                }
            },
            "samples are taken");
        await retention.StopAsync(Token);
    }

    private RawRetention Of(NpgsqlDataSource source) =>
        new(new UsageReader(new DatabaseExecutor(source, TimeProvider.System)), _time, NullLogger<RawRetention>.Instance);
}
