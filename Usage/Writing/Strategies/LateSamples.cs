using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>Notes in one statement what the database would note of each late row by a trigger (schema 0013).</summary>
internal static class LateSamples
{
    // The trigger's five minutes, less one by which the clocks of server and database may differ: what is missed here, it notes.
    internal static readonly TimeSpan Age = TimeSpan.FromMinutes(4);

    /// <summary>The command for a transaction that inserts the rows of <paramref name="rows"/> after it, all of them new.</summary>
    /// <returns>Null where all rows come in time, or on their day.</returns>
    public static NpgsqlBatchCommand? Note(CommitContext commit, CommitSet rows)
    {
        var first = rows.Span().First;
        if (first >= commit.Now - Age || first.Date >= commit.Now.UtcDateTime.Date)
            return null;
        var (instances, days) = (new List<Guid>(), new List<DateOnly>());
        for (var position = 0; position < rows.Count; position++)
        {
            ref readonly var row = ref rows[position];
            var day = DateOnly.FromDateTime(PostgresTime.ToDateTime(row.Time));
            if (position > 0 && days[^1] == day && instances[^1] == row.Instance)
                continue;
            instances.Add(row.Instance);
            days.Add(day);
        }
        return new("SELECT note_usage_changes($1, $2)")
        {
            Parameters =
            {
                new NpgsqlParameter<List<Guid>> { TypedValue = instances, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new NpgsqlParameter<List<DateOnly>> { TypedValue = days, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
            },
        };
    }
}
