using System.Text;
using System.Text.Json;
using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Instances;

/// <summary>A history as a table: the aggregator's own members and digits, so that both come to the same figures.</summary>
internal static class HistoryCsv
{
    private static readonly string[] Columns = [.. typeof(UsageBucket).GetProperties().Select(member => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name))];

    /// <summary>A row a bucket; with a comparison, a last column tells whose it is.</summary>
    public static byte[] Of(HistoryFile file)
    {
        var csv = new StringBuilder().AppendJoin(',', Columns).Append(file.Other is null ? "" : ",compared").Append("\r\n");
        Add(csv, file.Own, file.Other is null ? "" : ",false");
        if (file.Other is { } other)
            Add(csv, other, ",true");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    private static void Add(StringBuilder csv, byte[] json, string last)
    {
        using var history = JsonDocument.Parse(json);
        foreach (var bucket in history.RootElement.EnumerateArray())
        {
            csv.AppendJoin(',', Columns.Select(column => bucket.TryGetProperty(column, out var value) ? Text(value) : ""))
                .Append(last).Append("\r\n");
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };
}
