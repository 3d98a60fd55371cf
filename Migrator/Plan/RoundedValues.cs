using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>Values of the original that the target's type holds rounded: counted before, as no later verb sees a difference.</summary>
internal static class RoundedValues
{
    /// <summary>A note for each column that has some.</summary>
    /// <param name="original">The original.</param>
    /// <param name="table">A table of it.</param>
    /// <param name="columns">Its columns, each with the type that it is moved as.</param>
    /// <param name="server">Major version of the original's server.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<IEnumerable<string>> DescribeAsync(
        NpgsqlConnection original, OriginalTable table, IEnumerable<(OriginalColumn Column, string Type)> columns, int server, CancellationToken cancellationToken)
    {
        var asked = columns.Select(c => (c.Column, c.Type, Condition: LegacySampleCast.IsRounded(c.Column, c.Type, server))).Where(c => c.Condition is not null).ToList();
        if (asked.Count == 0)
            return [];
        var counts = (await original.QueryAsync(
            $"SELECT {string.Join(", ", asked.Select(c => $"count(*) FILTER (WHERE {c.Condition})"))} FROM {table.Quoted} s",
            r => asked.Select((_, n) => r.GetInt64(n)).ToList(), cancellationToken))[0];
        return asked.Zip(counts).Where(c => c.Second > 0).Select(c =>
            $"{c.Second} values of {table.Display}.{c.First.Column.Display} ({c.First.Column.Type}) have more digits than "
            + $"{(c.First.Type == "float8" ? "double precision" : "a time, in microseconds,")} holds, and are moved rounded. "
            + "To keep the digits too, offer a view that has them once more, in a column of another name.");
    }
}
