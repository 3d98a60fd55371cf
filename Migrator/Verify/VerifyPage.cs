using System.Globalization;
using System.Net;
using System.Text;

namespace LaunchStack.Migrator.Verify;

/// <summary>The report as one HTML page that needs nothing else: no script, no file beside it, light and dark.</summary>
internal static class VerifyPage
{
    private const int ChartWidth = 800;
    private const int ChartHeight = 200;

    private const string Style =
        """
        :root { color-scheme: light dark; --line: #8886; --original: #4878a8; --target: #e0872f; --good: #1a7a3c; --bad: #c33; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .2rem .5rem; border-bottom: 1px solid var(--line); }
        th:first-child, td:first-child { text-align: left; }
        tr.reason td { color: GrayText; font-size: .9em; }
        tr.reason td:first-child { padding-left: 1.5rem; }
        td.side { text-align: right; }
        td { white-space: nowrap; } tr.reason td { white-space: normal; }
        @media (max-width: 30rem) { th, td { padding: .15rem .25rem; font-size: .8rem; } }
        .scroll { overflow-x: auto; }
        @media (prefers-color-scheme: dark) { :root { --good: #63c888; --bad: #f66; --original: #7aa7d6; --target: #f0a050; } }
        .good { color: var(--good); font-weight: 600; }
        .bad { color: var(--bad); font-weight: 600; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; }
        svg { width: 100%; height: auto; }
        .original { fill: var(--original); } .target { fill: var(--target); }
        .key { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
        """;

    public static string Render(VerifyReport report, DateTimeOffset now)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Migration report</title><style>{Style}</style></head><body>
            <h1>Migration report</h1>
            <p class="{(report.Matches ? "good" : "bad")}">{(report.Matches ? "Both sides match." : $"The sides do NOT match: {Counted.Of(report.Findings.Count, "finding")}.")}</p>
            <p>{report.SourceRows:N0} samples in the original = {report.MovedRows:N0} moved + {report.QuarantinedRows:N0} quarantined.
            {Counted.Of(report.Windows.Count, "window")} compared in {report.Duration.TotalSeconds:0.0} s, {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC.</p>

            """);
        if (report.Scope is { } scope)
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(scope)}</p>\n");
        AddChart(page, report);
        if (report.Findings.Count > 0)
            page.Append(CultureInfo.InvariantCulture, $"<h2>Differences</h2><pre>{Text(string.Join('\n', report.Findings))}</pre>\n");
        if (report.OpenTransactions is { } open)
            page.Append(CultureInfo.InvariantCulture, $"<h2>Not seen</h2><pre>{Text(open)}.</pre>\n");
        if (report.FailingJobs.Count > 0)
            page.Append(CultureInfo.InvariantCulture, $"<h2>Jobs that fail</h2><pre>{Text(string.Join('\n', report.FailingJobs))}</pre>\n");
        AddTables(page, report);
        AddColumns(page, report);
        AddWindows(page, report);
        return page.Append("</body></html>\n").ToString();
    }

    private static void AddChart(StringBuilder page, VerifyReport report)
    {
        var days = report.Windows.Where(w => w.Start.Year > 1).GroupBy(w => w.Start.Date).OrderBy(g => g.Key)
            .Select(g => (Day: g.Key, Original: g.Sum(w => w.SourceRows), Target: g.Sum(w => w.TargetRows))).ToList();
        if (days.Count == 0)
            return;
        var most = Math.Max(1, days.Max(d => Math.Max(d.Original, d.Target)));
        var step = (double)ChartWidth / days.Count;
        page.Append(CultureInfo.InvariantCulture, $"""
            <h2>Samples a day</h2>
            <p><span class="key" style="background:var(--original)"></span>original &nbsp; <span class="key" style="background:var(--target)"></span>target; the tallest bar is {most:N0}</p>
            <svg viewBox="0 0 {ChartWidth} {ChartHeight}" role="img" aria-label="Samples a day in the original and in the target">

            """);
        for (var i = 0; i < days.Count; i++)
        {
            AddBar(page, "original", i * step, step * 0.45, days[i].Day, days[i].Original, most);
            AddBar(page, "target", i * step + step * 0.45, step * 0.45, days[i].Day, days[i].Target, most);
        }

        page.Append(CultureInfo.InvariantCulture, $"</svg><p>{days[0].Day:yyyy-MM-dd} to {days[^1].Day:yyyy-MM-dd}, days without samples left out</p>\n");
    }

    private static void AddBar(StringBuilder page, string side, double x, double width, DateTime day, long rows, long most)
    {
        var height = (double)rows / most * ChartHeight;
        page.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"{side}\" x=\"{x:0.##}\" y=\"{ChartHeight - height:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\"><title>{day:yyyy-MM-dd}, {side}: {rows:N0}</title></rect>\n");
    }

    private static void AddTables(StringBuilder page, VerifyReport report)
    {
        page.Append("<h2>Tables</h2><div class=\"scroll\"><table><tr><th>table</th><th>original</th><th>target</th><th>quarantined</th></tr>\n");
        foreach (var table in report.Tables)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(table.Table)}</td><td>{table.SourceRows:N0}</td><td>{table.TargetRows:N0}</td><td>{table.Quarantined.Values.Sum():N0}</td></tr>\n");
            foreach (var (reason, rows) in table.Quarantined)
                page.Append(CultureInfo.InvariantCulture, $"<tr class=\"reason\"><td colspan=\"3\">{Text(reason)}</td><td>{rows:N0}</td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void AddColumns(StringBuilder page, VerifyReport report)
    {
        page.Append("<h2>Columns of the samples</h2><div class=\"scroll\"><table><tr><th>column</th><th></th><th>values</th><th>least</th><th>greatest</th><th>sum</th><th></th></tr>\n");
        foreach (var column in report.Columns)
        {
            AddSide(page, $"<td rowspan=\"2\">{Text(column.Column)}</td><td>original</td>", column.Original, column.Matches ? "<td rowspan=\"2\">same</td>" : "<td rowspan=\"2\" class=\"bad\">differs</td>");
            AddSide(page, "<td class=\"side\">target</td>", column.Target, "");
        }

        page.Append("</table></div><p>Compared are exact sums; those of floats are shown rounded to 15 digits.</p>\n");
    }

    private static void AddSide(StringBuilder page, string before, ColumnSide side, string after) => page.Append(CultureInfo.InvariantCulture,
        $"<tr>{before}<td>{side.Count:N0}</td><td>{Figure(side.Least)}</td><td>{Figure(side.Greatest)}</td><td>{Figure(side.Sum)}</td>{after}</tr>\n");

    private static string Figure(object? figure) => figure switch
    {
        double value => value.ToString("G15", CultureInfo.InvariantCulture),
        IFormattable whole => whole.ToString("N0", CultureInfo.InvariantCulture),
        _ => "",
    };

    private static void AddWindows(StringBuilder page, VerifyReport report)
    {
        page.Append("<h2>Windows</h2><div class=\"scroll\"><table><tr><th>from (UTC)</th><th>to</th><th>original</th><th>to be moved</th><th>target</th><th></th></tr>\n");
        foreach (var window in report.Windows)
        {
            var (from, to) = window.Start.Year > 1 ? ($"{window.Start:yyyy-MM-dd HH:mm}", $"{window.End:yyyy-MM-dd HH:mm}") : ("no usable time", "");
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{from}</td><td>{to}</td><td>{window.SourceRows:N0}</td><td>{window.ExpectedRows:N0}</td><td>{window.TargetRows:N0}</td>{(window.Matches ? "<td>same</td>" : "<td class=\"bad\">differs</td>")}</tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}
