using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>The hypertable of samples.</summary>
public static class SampleTable
{
    /// <summary>Its name.</summary>
    public const string Name = "resource_usage";

    /// <summary>The columns that a sample brings, in the order in which they are written everywhere.</summary>
    public static readonly string Columns = $"instance_id, \"timestamp\", {Measures.Columns}";

    /// <summary>Reads the measures of a row from column <paramref name="first"/> on.</summary>
    public static SampleValues Values(NpgsqlDataReader row, int first)
    {
        var values = default(SampleValues);
        foreach (var measure in Measures.All)
        {
            var column = (int)measure + first;
            if (row.IsDBNull(column))
                continue;
            if (measure.IsFraction())
                values.SetFraction(measure, row.GetDouble(column));
            else
                values.Set(measure, row.GetInt64(column));
        }
        return values;
    }
}
