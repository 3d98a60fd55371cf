using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The instances that the target has: samples of others are orphans.</summary>
internal static class Instances
{
    public static async Task<HashSet<Guid>> ListAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        [.. await target.QueryAsync("SELECT id FROM instances", r => r.GetGuid(0), cancellationToken)];
}
