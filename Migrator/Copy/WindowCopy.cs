using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>
/// Moves windows over one pair of connections: claimed, copied and marked done in one transaction each. Where the target can,
/// windows that end by <paramref name="directBefore"/> go straight into compressed chunks: the unique key has to be absent.
/// </summary>
internal sealed class WindowCopy(
    NpgsqlConnection target, OriginalReader original, LegacySampleRules rules, TargetAbilities abilities, TimeProvider time, DateTime directBefore)
{
    private readonly SampleBuffer _rows = new();
    private readonly List<int> _moved = [];
    private readonly Dictionary<int, string> _refused = [];
    private readonly SampleWriter _writer = new(target, abilities.Copy, original.Extras);
    private readonly MigrationLedger _ledger = new(target);
    private readonly Quarantine _quarantine = new(target);

    /// <summary>Time of the newest sample moved so far; null without any.</summary>
    public DateTime? Newest { get; private set; }

    /// <summary>Whether the last window's rows went straight into a compressed chunk.</summary>
    public bool WentDirect { get; private set; }

    /// <summary>False when the window is done already.</summary>
    /// <param name="window">The window.</param>
    /// <param name="replace">Copies a done window again: what the target holds of it goes in the same transaction.</param>
    /// <param name="cancellationToken">Stops; the window stays as it was.</param>
    /// <exception cref="RefusedException">A session of a migrator that is gone still has it.</exception>
    public async Task<bool> CopyAsync(SourceWindow window, bool replace, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        if (!await ClaimAsync(window, replace, cancellationToken))
            return false;
        if (replace)
            await ClearAsync(window, cancellationToken);

        var copied = new CopiedWindow(window);
        WentDirect = true;
        foreach (var part in await original.PartsAsync(window, cancellationToken))
        {
            await original.ReadAsync(part, _rows, cancellationToken);
            Classify();
            var isDirect = abilities.DirectCompress && _moved.Count > 0 && part.End <= directBefore && await WriteDirectAsync(transaction, cancellationToken);
            if (isDirect)
                isDirect = await IsDirectAsync(part, cancellationToken);
            else
                await WritePlainAsync(part, cancellationToken);
            await QuarantineAsync(window, part, cancellationToken);
            WentDirect &= isDirect;
            Add(copied);
        }

        copied.Method = WentDirect ? "direct-compress" : abilities.Copy ? "copy" : "insert";
        await _ledger.CompleteAsync(copied, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        NoteNewest(copied);
        return true;
    }

    /// <summary>
    /// Adds what is new to a done window. False, with nothing changed, where one of the new rows contends with a sample that is there:
    /// which of them is the one to keep, only the whole window can tell.
    /// </summary>
    /// <param name="window">The window as it is with them.</param>
    /// <param name="news">Conditions that choose the new rows.</param>
    /// <param name="cancellationToken">Stops; the window stays as it was.</param>
    public async Task<bool> AppendAsync(SourceWindow window, IReadOnlyList<string> news, CancellationToken cancellationToken)
    {
        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        if (!await _ledger.ClaimAsync(window, again: true, cancellationToken))
            return false;
        var copied = new CopiedWindow(window);
        foreach (var (part, chosen) in await NewPartsAsync(window, news, cancellationToken))
        {
            await original.ReadAsync(part, chosen, _rows, cancellationToken);
            Classify();
            try
            {
                if (await WritePlainAsync(part, cancellationToken) < _moved.Count)
                    return false;
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                return false;
            }

            await QuarantineAsync(window, part, cancellationToken);
            Add(copied);
        }

        await _ledger.ExtendAsync(copied, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        NoteNewest(copied);
        return true;
    }

    /// <summary>What is read at once of what is new. The parts of a window without times differ by where they lie, and so do the news.</summary>
    private async Task<IEnumerable<(SourceWindow Part, IReadOnlyList<string> News)>> NewPartsAsync(
        SourceWindow window, IReadOnlyList<string> news, CancellationToken cancellationToken) => window.IsOutside
        ? news.Select(n => (window, (IReadOnlyList<string>)[n]))
        : (await original.PartsAsync(window, cancellationToken)).Select(part => (part, news));

    /// <summary>There is one migrator at a time: who else has a window is gone, and the server may take a while to notice.</summary>
    private async Task<bool> ClaimAsync(SourceWindow window, bool again, CancellationToken cancellationToken)
    {
        var (isClaimed, holder) = (false, (int?)null);
        if (!await MigrationLock.TryForAWhileAsync(TryAsync, time, cancellationToken))
            throw new RefusedException(
                $"Session {holder} of the target, of a migrator that is gone, still has the window from {window.Start:u} to {window.End:u}. "
                + $"Wait until the server has noticed, or end it there: SELECT pg_terminate_backend({holder}); then run the same verb again.");
        return isClaimed;

        async Task<bool> TryAsync()
        {
            isClaimed = await _ledger.ClaimAsync(window, again, cancellationToken);
            if (isClaimed)
                return true;
            (var isDone, holder) = await _ledger.HolderAsync(window, cancellationToken);
            return isDone && !again;
        }
    }

    private void NoteNewest(CopiedWindow copied)
    {
        if (copied.Newest is { } newest && (Newest is not { } before || PostgresTime.ToDateTime(newest) > before))
            Newest = PostgresTime.ToDateTime(newest);
    }

    /// <summary>With the part that was read last.</summary>
    private void Add(CopiedWindow copied)
    {
        copied.SourceRows += _rows.Count;
        copied.MovedRows += _moved.Count;
        copied.QuarantinedRows += _refused.Count;
        foreach (var position in _moved)
        {
            ref var row = ref _rows[position];
            copied.RedatedRows += row.IsRedated ? 1 : 0;
            copied.LastReceived = Math.Max(copied.LastReceived ?? long.MinValue, row.ReceivedAt);
            copied.Newest = Math.Max(copied.Newest ?? long.MinValue, row.Timestamp);
        }
    }

    private async Task QuarantineAsync(SourceWindow window, SourceWindow part, CancellationToken cancellationToken)
    {
        if (_refused.Count == 0)
            return;
        var batch = new RowBatch<(byte[] Row, string Reason)>();
        await foreach (var (position, json) in original.RowsAsync(part, _rows, _refused.Keys, cancellationToken))
        {
            batch.Add((json, _refused[position]), json.Length);
            if (batch.IsFull)
                await _quarantine.AddAsync(original.Table.Name, window.Start, batch.Take(), cancellationToken);
        }

        await _quarantine.AddAsync(original.Table.Name, window.Start, batch.Take(), cancellationToken);
    }

    private void Classify()
    {
        _moved.Clear();
        _refused.Clear();
        rules.Classify(_rows, (position, reason) =>
        {
            if (reason is null)
                _moved.Add(position);
            else
                _refused.Add(position, reason);
        });
    }

    private async Task ClearAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        if (!window.IsOutside)
            await target.ExecuteAsync(
                "DELETE FROM resource_usage WHERE \"timestamp\" >= $1 AND \"timestamp\" < $2", cancellationToken, window.Start, window.End);
        await _quarantine.ClearAsync(original.Table.Name, window.Start, cancellationToken);
    }

    /// <summary>False, with nothing written, where the target refuses it: a batch of large values is more than a compressed row can hold.</summary>
    private async Task<bool> WriteDirectAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync("direct", cancellationToken);
        try
        {
            await target.ExecuteAsync("SET LOCAL timescaledb.enable_direct_compress_copy = on; SET LOCAL timescaledb.enable_direct_compress_copy_client_sorted = on", cancellationToken);
            await _writer.WriteAsync(_rows, _moved, cancellationToken);
            await transaction.ReleaseAsync("direct", cancellationToken);
            return true;
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error))
        {
            await transaction.RollbackAsync("direct", cancellationToken);
            return false;
        }
    }

    private async Task<int> WritePlainAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        if (_moved.Count == 0)
            return 0;
        // A part before may have gone the direct way, and that setting stays until the transaction ends.
        if (abilities.DirectCompress)
            await target.ExecuteAsync("SET LOCAL timescaledb.enable_direct_compress_copy = off", cancellationToken);
        try
        {
            return await _writer.WriteAsync(_rows, _moved, cancellationToken);
        }
        catch (PostgresException error) when (PostgresErrors.IsTooLarge(error))
        {
            throw new RefusedException(
                $"A sample from {window.Start:u} to {window.End:u} is larger than the target can hold ({error.MessageText}; {error.Where}). "
                + ErrorText.TooLargeRemedy, error);
        }
        catch (PostgresException error) when (PostgresErrors.IsRefusedRow(error) && error.SqlState != PostgresErrorCodes.UniqueViolation)
        {
            throw new RefusedException(
                $"A sample from {window.Start:u} to {window.End:u} is refused by the target ({error.MessageText}). What refuses it, a constraint or a trigger, is none "
                + "of ours: drop it there, then run the same verb again.", error);
        }
    }

    /// <summary>
    /// Direct compression turns itself off with a mere warning, and it is called experimental: so the chunk is looked at, and
    /// its rows are counted before the window counts as done.
    /// </summary>
    private async Task<bool> IsDirectAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        var count = await target.ScalarAsync<long>(
            "SELECT count(*) FROM resource_usage WHERE \"timestamp\" >= $1 AND \"timestamp\" < $2", cancellationToken, window.Start, window.End);
        if (count != _moved.Count)
            throw new InvalidOperationException(
                $"Window {window.Start:u}: {_moved.Count} rows were sent to the target, {count} came in. Nothing of the window was kept. "
                + "Run copy with --no-direct-compress.");
        var chunk = await target.ScalarAsync<string>(
            "SELECT tableoid::regclass::text FROM resource_usage WHERE \"timestamp\" >= $1 AND \"timestamp\" < $2 LIMIT 1", cancellationToken, window.Start, window.End);
        return chunk is not null && !await target.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM ONLY {chunk})", cancellationToken);
    }
}
