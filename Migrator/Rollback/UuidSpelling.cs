using System.Globalization;
using System.Text.RegularExpressions;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>How a text column of the original writes uuids: what its queries look for and its length has room for.</summary>
/// <param name="Like">One that it has.</param>
/// <param name="AsNamed">Each is the text that the row which it names has as its id.</param>
internal sealed record UuidSpelling(string Like, bool AsNamed)
{
    // Of more rows than the first few, none says more.
    private const int Looked = 1000;

    /// <param name="original">The original.</param>
    /// <param name="table">Its table.</param>
    /// <param name="column">The column, a text.</param>
    /// <param name="named">The table of the rows that it names, where ids are texts too; null for none.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<UuidSpelling> FindAsync(
        NpgsqlConnection original, OriginalTable table, OriginalColumn column, OriginalTable? named, CancellationToken cancellationToken)
    {
        var isId = named is null ? "false" : $"EXISTS (SELECT FROM {named.Quoted} p WHERE p.{named.Find("id")!.Quoted}::text = l.text)";
        var found = await original.QueryAsync(
            $"""
            SELECT l.text, {isId} FROM (
              SELECT s.{column.Quoted}::text AS text FROM {table.Quoted} s WHERE s.{column.Quoted}::text ~* '{LegacySampleCast.Uuid}' LIMIT {Looked}) l
            ORDER BY 2 DESC LIMIT 1
            """, r => new UuidSpelling(r.GetString(0), r.GetBoolean(1)), cancellationToken);
        if (found.Count > 0)
            return found[0];
        var isShort = Regex.Match(column.Type, @"\((\d+)\)") is { Success: true } length
            && int.Parse(length.Groups[1].ValueSpan, CultureInfo.InvariantCulture) < Guid.Empty.ToString().Length;
        return new(Guid.Empty.ToString(isShort ? "n" : "d"), named is not null && !isShort);
    }

    /// <summary>The text of an expression of type uuid, with dashes, braces and capitals where <see cref="Like"/> has them.</summary>
    public string Text(string uuid)
    {
        var digits = $"replace(({uuid})::text, '-', '')";
        if (Like.Any(char.IsAsciiLetterUpper))
            digits = $"upper({digits})";
        var (parts, at) = (new List<string>(), 1);
        foreach (Match part in Regex.Matches(Like, "[0-9a-fA-F]+|[^0-9a-fA-F]+"))
        {
            if (!char.IsAsciiHexDigit(part.Value[0]))
            {
                parts.Add(OriginalTable.Literal(part.Value));
                continue;
            }

            parts.Add($"substr({digits}, {at}, {part.Length})");
            at += part.Length;
        }

        return string.Join(" || ", parts);
    }
}
