using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>A commit's rows as array parameters for <c>unnest</c>; the lists are kept from commit to commit.</summary>
internal sealed class RowArrays
{
    /// <summary>The rows as a table expression over the parameters, with the columns' names and a <c>position</c> from 1.</summary>
    public static readonly string Rows =
        $"unnest({string.Join(", ", Enumerable.Range(1, 2 + Measures.Count).Select(n => $"${n}"))}) WITH ORDINALITY AS incoming ({SampleTable.Columns}, position)";

    /// <summary>The keys alone, likewise.</summary>
    public const string Keys = "unnest($1, $2) WITH ORDINALITY AS incoming (instance_id, \"timestamp\", position)";

    /// <summary>The first parameter after those of the rows.</summary>
    public const int Next = Measures.Count + 3;

    private readonly List<Guid> _instances = [];
    private readonly List<DateTime> _times = [];
    // By measure; of each the one that its type needs is filled.
    private readonly List<double?>[] _fractions = [.. Measures.All.Select(_ => new List<double?>())];
    private readonly List<long?>[] _wholes = [.. Measures.All.Select(_ => new List<long?>())];

    /// <summary>Adds the parameters of <see cref="Rows"/>; they are valid until the next call.</summary>
    public void Bind(NpgsqlParameterCollection parameters, CommitSet set)
    {
        BindKeys(parameters, set);
        foreach (var measure in Measures.All)
        {
            if (measure.IsFraction())
            {
                var values = _fractions[(int)measure];
                values.Clear();
                for (var position = 0; position < set.Count; position++)
                    values.Add(set[position].Values.GetFraction(measure));
                parameters.Add(new NpgsqlParameter<List<double?>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Double });
            }
            else
            {
                var values = _wholes[(int)measure];
                values.Clear();
                for (var position = 0; position < set.Count; position++)
                    values.Add(set[position].Values.Get(measure));
                parameters.Add(new NpgsqlParameter<List<long?>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
            }
        }
    }

    /// <summary>Adds the parameters of <see cref="Keys"/>; they are valid until the next call.</summary>
    public void BindKeys(NpgsqlParameterCollection parameters, CommitSet set)
    {
        _instances.Clear();
        _times.Clear();
        for (var position = 0; position < set.Count; position++)
        {
            ref readonly var row = ref set[position];
            _instances.Add(row.Instance);
            _times.Add(PostgresTime.ToDateTime(row.Time));
        }
        parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = _instances, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        parameters.Add(new NpgsqlParameter<List<DateTime>> { TypedValue = _times, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
    }
}
