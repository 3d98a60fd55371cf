using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>Rows of a relation that the target's server refused, as by a unique value that another row had then.</summary>
internal sealed class RefusedRows(NpgsqlConnection source, NpgsqlConnection target, RelationWork work)
{
    // A trial of each costs two statements when it is refused again.
    private const int MaxTried = 100;

    /// <summary>Those of the first hundred that it would take now: tried, and undone.</summary>
    /// <param name="transaction">The one that the target's connection is in.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<Guid>> TakenNowAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var tried = work.Refused.Order().Take(MaxTried).ToHashSet();
        if (tried.Count == 0)
            return [];
        await transaction.SaveAsync("trial", cancellationToken);
        var writer = new RelationWriter(target, transaction, work.Shape);
        await foreach (var row in new RelationReader(source, target, work.Shape, transaction).ReadAsync(work.Shape.Columns, tried, cancellationToken))
        {
            if (row.Id is { } id && tried.Contains(id) && work.IsChosen(row))
                await writer.WriteAsync(row, cancellationToken);
        }

        var refused = await writer.FinishAsync(cancellationToken);
        await transaction.RollbackAsync("trial", cancellationToken);
        return [.. tried.Except(refused.Select(r => r.Id!.Value))];
    }
}
