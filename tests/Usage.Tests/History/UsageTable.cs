using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Tests.History;

/// <summary>Puts samples straight into the table.</summary>
internal static class UsageTable
{
    public static async Task InsertAsync(NpgsqlDataSource dataSource, IReadOnlyCollection<UsageSample> samples)
    {
        await using var command = dataSource.CreateCommand(
            """
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
            """);
        command.Parameters.Add(new() { Value = samples.Select(s => s.InstanceId).ToArray() });
        command.Parameters.Add(new() { Value = samples.Select(s => s.Timestamp.UtcDateTime).ToArray() });
        command.Parameters.Add(new() { Value = samples.Select(s => s.Values.CpuUsage).ToArray() });
        foreach (var measure in Measures.All.Skip(1))
            command.Parameters.Add(new() { Value = samples.Select(s => s.Values.Has(measure) ? s.Values.Bits(measure) : (long?)null).ToArray() });
        await command.ExecuteNonQueryAsync();
    }
}
