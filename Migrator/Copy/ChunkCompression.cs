using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Copy;

/// <summary>Turns copied chunks into columns, chunk by chunk, so that the disk never holds more than a few of them as rows.</summary>
/// <param name="before">Chunks that end later stay as they are.</param>
/// <param name="progress">Says which chunks stay as they are although they are old enough.</param>
internal sealed class ChunkCompression(DateTime before, CopyProgress progress)
{
    public async Task RunAsync(NpgsqlConnection target, SourceWindow[] windows, CancellationToken cancellationToken)
    {
        if (windows[0].IsOutside)
            return;
        var chunks = await target.QueryAsync(
            """
            SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
            WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage' AND range_start < $2 AND range_end > $1 AND range_end <= $3
              AND NOT is_compressed
            """, r => r.GetString(0), cancellationToken, Time(windows[0].Start), Time(windows[^1].End), Time(before));
        foreach (var chunk in chunks)
        {
            try
            {
                await target.ExecuteAsync("SELECT compress_chunk($1::text::regclass, if_not_compressed => true)", cancellationToken, chunk);
            }
            catch (PostgresException error) when (PostgresErrors.IsTooLarge(error))
            {
                progress.Step($"{chunk} stays uncompressed: its values are too large for that ({error.MessageText})");
            }
        }

        static NpgsqlParameter Time(DateTime time) => new() { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz };
    }
}
