using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The instances that the target has, in order: samples of others are orphans.</summary>
internal static class Instances
{
    public static async Task<List<Guid>> ListAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        // The rows that were compared before are done with: three relations of a million are 90 MB, which the collector leaves lying.
        GC.Collect();
        var instances = new List<Guid>((int)await target.ScalarAsync<long>("SELECT count(*) FROM instances", cancellationToken));
        await using var command = new NpgsqlCommand("SELECT id FROM instances ORDER BY id", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            instances.Add(reader.GetGuid(0));
        return instances;
    }
}
