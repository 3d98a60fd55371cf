using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public class StoredCountersTests
{
    [Fact]
    public async Task A_counter_goes_on_from_its_own_column_and_another_column_s_from_none()
    {
        await using var database = await TestTimescale.CreateAsync();
        var (instance, now) = (Guid.NewGuid(), TimeProvider.System.GetUtcNow());
        await using (var fill = database.DataSource.CreateCommand(
            $"""
            INSERT INTO instances (id, name, status) VALUES ('{instance}', 'n8n', 'running');
            INSERT INTO resource_usage (instance_id, "timestamp", disk_usage, network_in, network_out) VALUES ('{instance}', '{now:O}', 1, 20, 300);
            """))
            await fill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var groups = Measures.All.Select((column, i) => new SumGroup(
            i, new(instance.ToString(), instance), new(i, new() { Series = "s", Column = column.ToString(), Kind = SeriesKind.Counter }, "", 1, []))).ToArray();

        var stored = new StoredCounters(new UsageReader(new DatabaseExecutor(database.DataSource, TimeProvider.System)));
        await stored.GoOnAsync([.. groups.Select(group => (group, PostgresTime.FromInstant(now.AddSeconds(10))))], TestContext.Current.CancellationToken);

        Assert.Equal(
            [(Measure.NetworkIn, 20.0), (Measure.NetworkOut, 300.0)],
            groups.Where(group => group.Read().Stored is not null).Select(group => (group.Column, group.Read().Stored!.Value.Value)));
    }
}
