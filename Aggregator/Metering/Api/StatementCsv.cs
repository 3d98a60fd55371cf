using System.Globalization;
using System.Text;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A statement as CSV (RFC 4180).</summary>
internal static class StatementCsv
{
    public static string Of(StatementDocument document, IReadOnlyDictionary<Guid, string> names)
    {
        var statement = document.Statement;
        var text = new StringBuilder("statement_id,user_id,month,kind,instance_id,instance,day,measure,quantity,free,unit,quantity_in_units,price,amount,currency\r\n");
        foreach (var row in StatementRow.Of(document, names))
            text.AppendJoin(',',
                statement.Id, statement.UserId, statement.Month.ToString("yyyy-MM", CultureInfo.InvariantCulture),
                row.Day is null ? "usage" : "adjustment", row.InstanceId, Field(row.Instance),
                row.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), row.Measure.Name(),
                row.Quantity.ToString(CultureInfo.InvariantCulture), row.Free.ToString(CultureInfo.InvariantCulture), row.Unit, row.Units(),
                DecimalText.Exact(row.Price), DecimalText.Exact(row.Amount), statement.Currency).Append("\r\n");
        return text.ToString();
    }

    // A name that begins like a formula would be run by the spreadsheet that opens the file.
    private static string Field(string value)
    {
        var shown = value.Length > 0 && "=+-@\t\r".Contains(value[0], StringComparison.Ordinal) ? "'" + value : value;
        return shown.AsSpan().ContainsAny(",\"\r\n") ? $"\"{shown.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : shown;
    }
}
