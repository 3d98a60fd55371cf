using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The instances that the target has, in order: samples of others are orphans.</summary>
internal static class Instances
{
    public static Task<List<Guid>> ListAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        target.QueryAsync("SELECT id FROM instances ORDER BY id", r => r.GetGuid(0), cancellationToken);
}
