using System.Numerics;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Statements;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>How rows of <c>usage_days</c> are read.</summary>
internal static class UsageDay
{
    /// <summary>The columns of <see cref="Quantities"/>.</summary>
    public const string Quantities =
        "cpu_core_ns, memory_byte_ms, disk_byte_ms, network_in_bytes, network_out_bytes, covered_ms, uncovered_ms";

    /// <summary>The columns of <see cref="Billed"/>, of a row <c>d</c>.</summary>
    public static readonly string Billing = "d.instance_id, d.day, d.revision, d.digest, d.cutoff, " + Of("d", Quantities);

    /// <summary>Columns of a row.</summary>
    public static string Of(string row, string columns) => $"{row}." + columns.Replace(", ", $", {row}.", StringComparison.Ordinal);

    public static Quantities QuantitiesAt(NpgsqlDataReader reader, int column) => new(
        Integer(reader, column), Integer(reader, column + 1), Integer(reader, column + 2), Integer(reader, column + 3),
        Integer(reader, column + 4), reader.GetInt64(column + 5), reader.GetInt64(column + 6));

    public static BilledDay Billed(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetFieldValue<DateOnly>(1), reader.GetInt32(2), QuantitiesAt(reader, 5), reader.GetString(3),
        reader.GetFieldValue<DateTimeOffset>(4));

    private static Int128 Integer(NpgsqlDataReader reader, int column) => (Int128)reader.GetFieldValue<BigInteger>(column);
}
