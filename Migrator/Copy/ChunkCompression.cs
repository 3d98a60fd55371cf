using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>Turns copied chunks into columns, chunk by chunk, so that the disk never holds more than a few of them as rows.</summary>
/// <param name="interval">How long a chunk is.</param>
/// <param name="before">Chunks that end later stay as they are.</param>
/// <param name="progress">Says which chunks stay as they are although they are old enough.</param>
internal sealed class ChunkCompression(TimeSpan interval, DateTime before, CopyProgress progress)
{
    /// <summary>Compresses the chunk that holds <paramref name="time"/>.</summary>
    public async Task RunAsync(NpgsqlConnection target, DateTime time, CancellationToken cancellationToken)
    {
        var start = SourceScan.ChunkStart(time, interval);
        if (start + interval > before)
            return;
        // With thousands of chunks the view of them takes as long as a window.
        var chunks = await target.QueryAsync(
            "SELECT c::text FROM show_chunks('public.resource_usage', newer_than => $1, older_than => $2) c",
            r => r.GetString(0), cancellationToken, start, start + interval);
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
    }
}
