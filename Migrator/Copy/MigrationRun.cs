using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Source;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Copy;

/// <summary>The move that this target has seen: fixed at its start, so that a resumed run decides as the first one did.</summary>
internal sealed record MigrationRun(
    string Source, int Generation, bool QuarantineDeleted, TimeSpan ChunkInterval, DateTime Earliest, DateTime Latest, bool Bulk, DateTime? CopiedAt,
    DateTime? VerifiedAt = null, DateTime? CutoverAt = null)
{
    /// <summary>The move into this target; null without one, also where the schema is missing or too old for it.</summary>
    public static async Task<MigrationRun?> FindAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (!await target.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'migration_runs' AND column_name = 'cutover_at')", cancellationToken))
            return null;
        await using var command = new NpgsqlCommand(
            "SELECT source, generation, soft_deleted, chunk_interval, earliest, latest, bulk, copied_at, verified_at, cutover_at FROM migration_runs", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetString(0), reader.GetInt32(1), reader.GetString(2) == "quarantine", reader.GetTimeSpan(3), reader.GetDateTime(4),
                reader.GetDateTime(5), reader.GetBoolean(6), Time(7), Time(8), Time(9))
            : null;

        DateTime? Time(int column) => reader.IsDBNull(column) ? null : reader.GetDateTime(column);
    }

    /// <summary>What of the original can be moved, with the instances that the target has.</summary>
    public SampleRules Rules(HashSet<Guid> instances) =>
        new(SampleReader.ToPostgres(Earliest), SampleReader.ToPostgres(Latest), QuarantineDeleted, instances.Contains);

    /// <exception cref="RefusedException">It is another original than the one that was copied.</exception>
    public void RequireSame(OriginalDatabase original)
    {
        if (Source != original.Identity)
            throw new RefusedException($"The target holds a move from another original ({Source}; this one is {original.Identity}). Use an empty target.");
    }

    /// <summary>The run to go on with, or a new one.</summary>
    /// <exception cref="RefusedException">The target holds another move, or samples of nobody's move.</exception>
    public static async Task<MigrationRun> FindOrStartAsync(
        NpgsqlConnection target, OriginalDatabase original, bool quarantineDeleted, bool copy, DateTime now, CancellationToken cancellationToken)
    {
        if (await FindAsync(target, cancellationToken) is { } found)
        {
            found.RequireSame(original);
            return found;
        }

        if (await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM resource_usage)", cancellationToken))
            throw new RefusedException("The target's resource_usage holds samples that no move brought. Move into an empty database, before the services start.");

        var interval = await target.ScalarAsync<TimeSpan>(
            "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage'", cancellationToken);
        var latest = new DateTime(now.Ticks / TimeSpan.TicksPerDay * TimeSpan.TicksPerDay, DateTimeKind.Utc).AddDays(2);
        var run = new MigrationRun(original.Identity, original.Generation, quarantineDeleted, interval, SampleRules.Earliest, latest, copy, null);
        await using var insert = new NpgsqlCommand(
            "INSERT INTO migration_runs (source, generation, soft_deleted, chunk_interval, earliest, latest, bulk) VALUES ($1, $2, $3, $4, $5, $6, $7)", target)
        {
            Parameters =
            {
                new() { Value = run.Source },
                new() { Value = run.Generation },
                new() { Value = quarantineDeleted ? "quarantine" : "move" },
                new() { Value = interval, NpgsqlDbType = NpgsqlDbType.Interval },
                new() { Value = run.Earliest },
                new() { Value = run.Latest },
                new() { Value = run.Bulk },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
        return run;
    }
}
