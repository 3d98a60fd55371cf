using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Statements;

/// <summary>A user's month: a function of day lines and rate cards.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Month">Its first day.</param>
/// <param name="Card">What prices it.</param>
/// <param name="Cutoff">Everything received by then is in it.</param>
/// <param name="Days">The lines of the month, in order of instance and day.</param>
/// <param name="LateDays">The lines of earlier months that it corrects, in order of instance and day.</param>
/// <param name="Lines">What they cost.</param>
/// <param name="Adjustments">What the corrections cost.</param>
internal sealed record Statement(
    Guid UserId, DateOnly Month, RateCard Card, DateTimeOffset Cutoff, IReadOnlyList<BilledDay> Days, IReadOnlyList<BilledDay> LateDays,
    IReadOnlyList<ChargeLine> Lines, IReadOnlyList<AdjustmentLine> Adjustments)
{
    /// <summary>The sum of what is rounded already.</summary>
    public decimal Total => Lines.Sum(line => line.Amount) + Adjustments.Sum(line => line.Amount);

    /// <summary>Of the month's own days.</summary>
    public Quantities Quantities => Days.Aggregate(default(Quantities), (sum, day) => sum + day.Quantities);

    /// <summary>Makes a statement of day lines, in whatever order they come.</summary>
    public static Statement Of(
        Guid user, DateOnly month, RateCard card, DateTimeOffset cutoff, IEnumerable<BilledDay> days, IEnumerable<LateMonth> late)
    {
        var own = Ordered(days);
        var months = late.OrderBy(m => m.Late.Min(l => l.Line.Day)).ToList();
        var used = own.GroupBy(day => day.InstanceId)
            .ToDictionary(instance => instance.Key, instance => instance.Aggregate(default(Quantities), (sum, day) => sum + day.Quantities));
        return new(
            user, month, card, cutoff, own, Ordered(months.SelectMany(m => m.Late.Select(l => l.Line))),
            Charges.Price(card, used), [.. months.SelectMany(Statements.Adjustments.Price)]);
    }

    /// <summary>The statement as text, what its digest is taken over (docs/metering.md, "The canonical text").</summary>
    public string Canonical()
    {
        var text = new StringBuilder();
        Line($"launchstack statement 1");
        Line($"user={UserId:D}");
        Line($"month={Month:yyyy-MM}");
        Line($"rate_card={Card.Version}");
        Line($"currency={Card.Currency}");
        Line($"cutoff={Cutoff.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}");
        foreach (var day in Days)
            Line($"day={day.InstanceId:D},{day.Day:yyyy-MM-dd},{day.Revision},{day.Digest}");
        foreach (var day in LateDays)
            Line($"late={day.InstanceId:D},{day.Day:yyyy-MM-dd},{day.Revision},{day.Digest}");
        foreach (var line in Lines)
            Line($"line={line.InstanceId:D},{line.Measure.Name()},{line.Unit},{DecimalText.Exact(line.Price)},{line.Quantity},{line.Free},{Amount(line.Amount)}");
        foreach (var line in Adjustments)
            Line($"adjustment={line.InstanceId:D},{line.Day:yyyy-MM-dd},{line.Measure.Name()},{line.RateCard},{line.Unit},{DecimalText.Exact(line.Price)},{line.Quantity},{Amount(line.Amount)}");
        Line($"covered_ms={Quantities.CoveredMs}");
        Line($"uncovered_ms={Quantities.UncoveredMs}");
        Line($"total={Amount(Total)}");
        return text.ToString();

        string Amount(decimal amount) => DecimalText.Amount(amount, Card.Decimals);

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>SHA-256 over the canonical text in UTF-8, lower-case hexadecimal.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())));

    private static List<BilledDay> Ordered(IEnumerable<BilledDay> days) => [.. days.OrderBy(d => d.InstanceId).ThenBy(d => d.Day)];
}
