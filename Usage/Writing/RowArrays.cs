using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Writing;

/// <summary>A commit's rows as array parameters for <c>unnest</c>; the lists are kept from commit to commit.</summary>
internal sealed class RowArrays
{
    /// <summary>The table expression over the parameters, with the columns' names and a <c>position</c> from 1.</summary>
    public const string Unnest =
        $"unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY AS incoming ({CopyEncoder.Columns}, position)";

    private readonly List<Guid> _instances = [];
    private readonly List<DateTime> _times = [];
    private readonly List<double?> _cpu = [];
    private readonly List<long?>[] _measures = [[], [], [], [], []];

    /// <summary>Adds the eight parameters for the rows of <paramref name="set"/>; they are valid until the next call.</summary>
    public void Bind(NpgsqlParameterCollection parameters, CommitSet set)
    {
        Fill(set);
        parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = _instances, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        parameters.Add(new NpgsqlParameter<List<DateTime>> { TypedValue = _times, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        parameters.Add(new NpgsqlParameter<List<double?>> { TypedValue = _cpu, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Double });
        foreach (var measure in _measures)
            parameters.Add(new NpgsqlParameter<List<long?>> { TypedValue = measure, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
    }

    private void Fill(CommitSet set)
    {
        _instances.Clear();
        _times.Clear();
        _cpu.Clear();
        foreach (var measure in _measures)
            measure.Clear();
        for (var position = 0; position < set.Count; position++)
        {
            var samples = set.Columns(position, out var row);
            var values = samples.GetValues(row);
            _instances.Add(samples.Instances[row]);
            _times.Add(PostgresTime.ToDateTime(samples.Times[row]));
            _cpu.Add((values.Fields & MeasureSet.Cpu) != 0 ? values.Cpu : null);
            _measures[0].Add((values.Fields & MeasureSet.Memory) != 0 ? values.Memory : null);
            _measures[1].Add((values.Fields & MeasureSet.MemoryLimit) != 0 ? values.MemoryLimit : null);
            _measures[2].Add((values.Fields & MeasureSet.Disk) != 0 ? values.Disk : null);
            _measures[3].Add((values.Fields & MeasureSet.NetworkIn) != 0 ? values.NetworkIn : null);
            _measures[4].Add((values.Fields & MeasureSet.NetworkOut) != 0 ? values.NetworkOut : null);
        }
    }
}
