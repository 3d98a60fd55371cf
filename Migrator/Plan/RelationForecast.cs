using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>What copy will do with users, instances and payments, told by the same rules.</summary>
internal sealed class RelationForecast(NpgsqlConnection source, NpgsqlConnection target, OriginalDatabase original)
{
    public async Task<IReadOnlyList<(RelationShape Shape, RelationOutcome? Outcome)>> RunAsync(
        PlannedTarget state, CancellationToken cancellationToken)
    {
        var forecast = new List<(RelationShape, RelationOutcome?)>();
        var outcomes = new Dictionary<string, RelationOutcome>();
        foreach (var shape in await ShapesAsync(state, cancellationToken))
        {
            // What the original does not vouch for will not be asked of the target.
            var adopted = shape.Fitting() with { Keys = [.. shape.Keys.Except(KeyAdoption.Of(shape).Select(change => change.Dropped))] };
            if (shape.Id is not null && adopted.Id is null)
            {
                forecast.Add((shape, null));
                continue;
            }

            // Whose rows cannot be told makes no orphans.
            if (adopted.Parent is { } parent && forecast.Exists(f => f.Item2 is null && f.Item1.Name == parent.Relation))
                adopted = adopted with { Parent = null };

            var reader = new RelationReader(source, target, adopted);
            var outcome = await RelationOutcome.ReadAsync(reader, adopted, new(await reader.CountAsync(cancellationToken)), outcomes, cancellationToken);
            outcomes.Add(shape.Name, outcome);
            forecast.Add((shape, outcome));
        }

        return forecast;
    }

    private async Task<List<RelationShape>> ShapesAsync(PlannedTarget state, CancellationToken cancellationToken)
    {
        if (state.State is "empty" or PlannedTarget.Foreign || !await target.ScalarAsync<bool>(
            "SELECT to_regclass('public.users') IS NOT NULL AND to_regclass('public.payments') IS NOT NULL", cancellationToken))
            return await RelationShape.ForecastAsync(source, target, original.Relations, cancellationToken);
        return await RelationShape.ReadTriedAsync(source, target, original.Relations, cancellationToken);
    }
}
