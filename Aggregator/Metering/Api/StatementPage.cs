using System.Globalization;
using System.Net;
using System.Text;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A statement as one self-contained page that prints well.</summary>
internal static class StatementPage
{
    private const string Style =
        """
        body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1b1b1f; }
        table { border-collapse: collapse; width: 100%; margin: 1rem 0; } thead { display: table-header-group; } tr { break-inside: avoid; }
        th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid #ddd; vertical-align: top; }
        .n { text-align: right; font-variant-numeric: tabular-nums; } tfoot td { font-weight: 600; border-top: 2px solid #1b1b1f; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
        @page { margin: 15mm; } @media print { body { margin: 0; max-width: none; font-size: 11px; } }
        """;

    public static string Of(StatementDocument document, IReadOnlyDictionary<Guid, string> names, int decimals)
    {
        var statement = document.Statement;
        var month = statement.Month.ToString("MMMM yyyy", CultureInfo.InvariantCulture);
        var share = statement.CoveredShare is { } covered ? (covered * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "-";
        var page = new StringBuilder(
            $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Statement {month}</title><style>{Style}</style></head><body>
            <h1>Statement {month}</h1>
            <dl>
            <dt>Statement</dt><dd>{statement.Id}</dd><dt>User</dt><dd>{statement.UserId}</dd>
            <dt>Rate card</dt><dd>version {statement.RateCard}, {WebUtility.HtmlEncode(statement.Currency)}</dd>
            <dt>Covered by samples</dt><dd>{share} of the time of its days; the rest is not charged</dd>
            <dt>Received until</dt><dd>{statement.Cutoff.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC</dd>
            <dt>Digest</dt><dd>{statement.Digest}</dd>
            </dl>

            """);
        var rows = StatementRow.Of(document, names).ToList();
        Table(page, "Usage", rows.Where(row => row.Day is null), statement.Currency, decimals);
        if (document.Adjustments.Count > 0)
            Table(page, "Adjustments of earlier months", rows.Where(row => row.Day is not null), statement.Currency, decimals);
        page.Append(CultureInfo.InvariantCulture, $"<p><strong>Total {DecimalText.Amount(statement.Total, decimals)} {WebUtility.HtmlEncode(statement.Currency)}</strong></p>\n");
        page.Append("<p>Each amount is rounded once, half away from zero; the total is their sum.</p>\n</body></html>\n");
        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, IEnumerable<StatementRow> rows, string currency, int decimals)
    {
        var sum = 0m;
        page.Append(CultureInfo.InvariantCulture,
            $"<h2>{title}</h2>\n<table><thead><tr><th>Instance</th><th>Day</th><th>Measure</th><th class=\"n\">Quantity</th><th class=\"n\">Free</th><th>Unit</th><th class=\"n\">Price</th><th class=\"n\">{WebUtility.HtmlEncode(currency)}</th></tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            sum += row.Amount;
            var name = row.Instance.Length == 0 ? "" : $"{WebUtility.HtmlEncode(row.Instance)}<br>";
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{name}<small>{row.InstanceId}</small></td><td>{row.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}</td><td>{row.Measure.Name()}</td><td class=\"n\">{row.Units()}</td><td class=\"n\">{row.FreeUnits()}</td><td>{row.Unit ?? "no price"}</td><td class=\"n\">{DecimalText.Exact(row.Price)}</td><td class=\"n\">{DecimalText.Amount(row.Amount, decimals)}</td></tr>\n");
        }
        page.Append(CultureInfo.InvariantCulture, $"</tbody><tfoot><tr><td colspan=\"7\">Sum</td><td class=\"n\">{DecimalText.Amount(sum, decimals)}</td></tr></tfoot></table>\n");
    }
}
