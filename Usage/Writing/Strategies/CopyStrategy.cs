using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>The fastest: binary COPY straight into the hypertable. Fails with 23505 when any row is there already.</summary>
internal sealed class CopyStrategy : IWriteStrategy
{
    public string Name => "copy";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        await using var transaction = await commit.Connection.BeginTransactionAsync(cancellationToken);
        await CopyAsync(commit, commit.Set, cancellationToken);
        await UsageIngestedEvent.CommitAsync(commit, commit.Set, cancellationToken);
        return [];
    }

    /// <summary>Copies all rows of a set within a transaction.</summary>
    internal static async Task CopyAsync(CommitContext commit, CommitSet set, CancellationToken cancellationToken)
    {
        if (LateSamples.Note(commit, set) is { } note)
        {
            await using var batch = new NpgsqlBatch(commit.Connection) { BatchCommands = { note } };
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        await using var copy = await BinaryCopyWriter.BeginAsync(commit.Connection, SampleTable.Name, SampleTable.Columns, cancellationToken);
        for (var position = 0; position < set.Count; position++)
        {
            await copy.MakeRoomAsync(cancellationToken);
            Write(copy, set.Key(position), set[position].Values);
        }
        await copy.CompleteAsync(cancellationToken);
    }

    private static void Write(BinaryCopyWriter copy, in CommitRow key, in SampleValues values)
    {
        copy.StartRow(2 + Measures.Count);
        copy.Write(key.High, key.Low);
        copy.Write(key.Time);
        for (var measure = (Measure)0; (int)measure < Measures.Count; measure++)
        {
            if (values.Has(measure))
                copy.Write(values.Bits(measure));
            else
                copy.WriteNull();
        }
    }
}
