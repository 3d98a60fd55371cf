using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>
/// Computes frozen statements again: their days from raw samples where those are still kept, from the stored lines where not, and the
/// statement from the days.
/// </summary>
internal sealed class StatementVerifier(
    NpgsqlDataSource dataSource, StatementStore statements, RateCardStore cards, MeteringReader reader, TimeProvider time) : IDisposable
{
    // As in a pass: some of the work, then room for others.
    private static readonly TimeSpan StepDelay = TimeSpan.FromMilliseconds(20);

    private const string LinesSql =
        $"""
        SELECT instance_id, day, revision, digest, cutoff, {UsageDay.Quantities}, samples, restarts, max_gap_ms, opening, rows_sha256
        FROM usage_days WHERE statement_id = $1 ORDER BY day, cutoff, instance_id
        """;

    // A month of a thousand instances is minutes of reading: one at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Proves one statement; null: there is none with this id.</summary>
    public async Task<StatementProof?> VerifyAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await statements.FindAsync(id, cancellationToken) is not { } frozen)
            return null;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await VerifyAsync(frozen, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<StatementProof> VerifyAsync(FrozenStatement frozen, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var differences = new List<ProofDifference>();
        var (fromRaw, fromLines) = (0, 0);
        var context = await reader.ContextAsync(cancellationToken);
        foreach (var part in (await LinesAsync(frozen.Id, cancellationToken)).GroupBy(line => (line.Line.Day, line.Cutoff)))
        {
            foreach (var stored in part)
            {
                if (stored.Line.Digest() != stored.Digest)
                    Differs(stored, "the stored line does not match its own digest");
            }
            if (!context.Holds(part.Key.Day))
            {
                fromLines += part.Count();
                continue;
            }
            foreach (var step in part.Chunk(context.Step))
            {
                var again = await reader.ComputeAsync(
                    part.Key.Day, Array.ConvertAll(step, line => line.Line.InstanceId), part.Key.Cutoff.UtcDateTime, context, cancellationToken);
                foreach (var (stored, computed) in step.Zip(again))
                {
                    if (computed.Line.Digest() != stored.Digest)
                        Differs(stored, Difference(stored.Line, computed.Line));
                }
                fromRaw += step.Length;
                await Task.Delay(StepDelay, time, cancellationToken);
            }
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var statement = await StatementSource.AgainAsync(connection, frozen, await cards.AllAsync(cancellationToken), cancellationToken);
        var digest = statement.Digest();
        var (lines, adjustments) = await statements.LinesAsync(frozen.Id, cancellationToken);
        foreach (var line in statement.Lines.Except(lines))
            differences.Add(new(
                line.InstanceId, null, null, $"its days come to {line.Quantity} of {line.Measure.Name()}, {line.Amount} {frozen.Currency}: no line of the statement says so"));
        if (statement.Lines.Count != lines.Count || !statement.Adjustments.SequenceEqual(adjustments) || statement.Total != frozen.Total)
            differences.Add(new(null, null, null, $"the lines come to {statement.Total} {frozen.Currency}, the statement says {frozen.Total}"));
        if (digest != frozen.Digest && differences.Count == 0)
            differences.Add(new(null, null, null, "day lines and statement lines agree with each other, but not with the statement's digest: both were changed"));
        return new(
            frozen.Id, frozen.UserId, frozen.Month, digest == frozen.Digest && differences.Count == 0, frozen.Digest, digest, fromRaw, fromLines,
            differences, time.GetElapsedTime(started).TotalSeconds);

        void Differs(StoredLine stored, string what) => differences.Add(new(stored.Line.InstanceId, stored.Line.Day, stored.Revision, what));
    }

    private static string Difference(DayLine stored, DayLine computed)
    {
        if (stored.RowsDigest != computed.RowsDigest)
            return $"its samples are others than were metered ({computed.Samples} now, {stored.Samples} then)";
        if (stored.Opening != computed.Opening)
            return $"what reaches into it from before is another ('{computed.Opening}' now, '{stored.Opening}' then)";
        return "the same samples come to other quantities";
    }

    private Task<List<StoredLine>> LinesAsync(Guid statement, CancellationToken cancellationToken) => dataSource.QueryAsync(
        LinesSql,
        row => new StoredLine(
            new(row.GetGuid(0), row.GetFieldValue<DateOnly>(1), UsageDay.QuantitiesAt(row, 5), row.GetInt32(12), row.GetInt32(13), row.GetInt64(14),
                row.GetString(15), row.GetString(16)),
            row.GetInt32(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)),
        cancellationToken, statement);

    private sealed record StoredLine(DayLine Line, int Revision, string Digest, DateTimeOffset Cutoff);
}
