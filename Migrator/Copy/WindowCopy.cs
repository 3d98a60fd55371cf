using LaunchStack.Migrator.Source;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Migrator.Copy;

/// <summary>
/// Moves windows over one pair of connections: claimed, copied and marked done in one transaction each. Where the target can,
/// windows that end by <paramref name="directBefore"/> go straight into compressed chunks: the unique key has to be absent.
/// </summary>
internal sealed class WindowCopy(
    NpgsqlConnection target, OriginalReader original, SampleRules rules, TargetAbilities abilities, string sampleTable, DateTime directBefore)
{
    private readonly SampleBuffer rows = new();
    private readonly List<int> moved = [];
    private readonly List<int> refused = [];
    private readonly List<string> reasons = [];
    private readonly SampleWriter writer = new(target, abilities.Copy, original.Extras);

    /// <summary>False when the window is done already, or another migrator has it.</summary>
    /// <param name="window">The window.</param>
    /// <param name="replace">Copies a done window again: what the target holds of it goes in the same transaction.</param>
    /// <param name="cancellationToken">Stops; the window stays as it was.</param>
    public async Task<bool> CopyAsync(SourceWindow window, bool replace, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        var claimed = await target.ScalarAsync<bool>(
            "SELECT true FROM migration_windows WHERE window_start = $1 AND ($2 OR NOT done) FOR UPDATE SKIP LOCKED", cancellationToken, window.Start, replace);
        if (!claimed)
            return false;
        if (replace)
            await ClearAsync(window, cancellationToken);

        await original.ReadAsync(window, rows, cancellationToken);
        moved.Clear();
        refused.Clear();
        reasons.Clear();
        rules.Judge(rows, (position, reason) =>
        {
            if (reason is null)
            {
                moved.Add(position);
                return;
            }

            refused.Add(position);
            reasons.Add(reason);
        });

        var direct = abilities.DirectCompress && moved.Count > 0 && window.End <= directBefore;
        direct = direct && await WriteDirectAsync(transaction, cancellationToken);
        if (direct)
            direct = await WentDirectAsync(window, cancellationToken);
        else
            await WritePlainAsync(window, cancellationToken);
        await QuarantineAsync(window, cancellationToken);
        await target.ExecuteAsync(
            """
            UPDATE migration_windows SET done = true, rolled_up = false, source_rows = $2, moved_rows = $3, quarantined_rows = $4, write_method = $5, source_version = $6,
                   redated_rows = $7, copied_at = now()
            WHERE window_start = $1
            """, cancellationToken, window.Start, (long)rows.Count, (long)moved.Count, (long)refused.Count,
            direct ? "direct-compress" : abilities.Copy ? "copy" : "insert", window.Version, moved.LongCount(position => rows[position].IsRedated));
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task ClearAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        // Rows of compressed chunks are unpacked to be deleted; a whole window's, not only the 100,000 of the default.
        await target.ExecuteAsync("SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0", cancellationToken);
        if (!window.IsOutside)
            await target.ExecuteAsync(
                "DELETE FROM resource_usage WHERE \"timestamp\" >= $1 AND \"timestamp\" < $2", cancellationToken, window.Start, window.End);
        await target.ExecuteAsync(
            "DELETE FROM migration_quarantine WHERE source_table = $1 AND window_start = $2", cancellationToken, sampleTable, window.Start);
    }

    /// <summary>False, with nothing written, where a batch of large values is more than a compressed row can hold.</summary>
    private async Task<bool> WriteDirectAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync("direct", cancellationToken);
        try
        {
            await target.ExecuteAsync("SET LOCAL timescaledb.enable_direct_compress_copy = on", cancellationToken);
            await writer.WriteAsync(rows, moved, cancellationToken);
            await transaction.ReleaseAsync("direct", cancellationToken);
            return true;
        }
        catch (PostgresException error) when (TooLarge.IsMeantBy(error))
        {
            await transaction.RollbackAsync("direct", cancellationToken);
            return false;
        }
    }

    private async Task WritePlainAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(rows, moved, cancellationToken);
        }
        catch (PostgresException error) when (TooLarge.IsMeantBy(error))
        {
            throw new RefusedException(
                $"A sample from {window.Start:u} to {window.End:u} is larger than the target can hold ({error.MessageText}; {error.Where}). "
                + "Offer a view in place of the original's samples that leaves out the large column or cuts its values, then run the same verb again.", error);
        }
    }

    /// <summary>
    /// Direct compression turns itself off with a mere warning, and it is called experimental: so the chunk is looked at, and
    /// its rows are counted before the window counts as done.
    /// </summary>
    private async Task<bool> WentDirectAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        var count = await target.ScalarAsync<long>(
            "SELECT count(*) FROM resource_usage WHERE \"timestamp\" >= $1 AND \"timestamp\" < $2", cancellationToken, window.Start, window.End);
        if (count != moved.Count)
            throw new InvalidOperationException(
                $"Window {window.Start:u}: {moved.Count} rows were sent to the target, {count} came in. Nothing of the window was kept. "
                + "Run copy with --no-direct-compress.");
        var chunk = await target.ScalarAsync<string>(
            """
            SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
            WHERE hypertable_schema = 'public' AND hypertable_name = 'resource_usage' AND range_start <= $1 AND range_end > $1 AND is_compressed
            """, cancellationToken, window.Start);
        return chunk is not null && !await target.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM ONLY {chunk})", cancellationToken);
    }

    private async Task QuarantineAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        if (refused.Count == 0)
            return;
        var json = Array.ConvertAll(await original.RowsAsync(rows, refused, cancellationToken), row => QuarantinedRow.ForJsonb(row!));
        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO migration_quarantine (source_table, "row", reason, window_start)
            SELECT $1, r::jsonb, w, $4 FROM unnest($2::text[], $3::text[]) AS u(r, w)
            """, target)
        {
            Parameters =
            {
                new() { Value = sampleTable },
                new() { Value = json, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = reasons.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = window.Start, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
