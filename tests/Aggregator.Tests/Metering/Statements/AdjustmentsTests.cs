using CsCheck;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;

namespace LaunchStack.Aggregator.Tests.Metering.Statements;

public sealed class AdjustmentsTests
{
    private static readonly DateOnly Month = new(2026, 10, 1);
    private static readonly Guid[] Instances = [.. Enumerable.Range(1, 3).Select(i => new Guid(i, 0, 0, new byte[8]))];

    private static readonly Gen<RateCard> Card = Gen.Select(Gen.Int[1, 100_000], Gen.Int[0, 40], Gen.Int[0, 3]).Select((price, free, decimals) =>
        new RateCard(1, Month, "EUR", decimals, [
            new(ChargedMeasure.Memory, "GB-hour", price / 1000m, free), new(ChargedMeasure.NetworkIn, "GiB", price / 777m)]));

    /// <summary>Figures of a day: first as metered in time, then as corrected once and twice.</summary>
    private static readonly Gen<(int Instance, int Day, Quantities[] Figures)> Day =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 29], Gen.Select(Gen.Long[0, 1L << 55], Gen.Long[0, 1L << 36])
            .Select((memory, received) => default(Quantities) with { MemoryByteMs = memory, NetworkInBytes = received }).Array[3]);

    [Fact]
    public void A_statement_and_its_adjustments_come_to_the_statement_that_had_everything_in_time() =>
        Gen.Select(Card, Day.Array[0, 25], Gen.Int[0, 3].Array[25]).Sample((card, days, turns) =>
        {
            var unique = days.DistinctBy(d => (d.Instance, d.Day)).ToList();
            var billed = Of(card, unique, d => d.Figures[0]).Lines.Sum(line => line.Amount);
            var (first, second) = (Late(card, unique, turns, 0), Late(card, unique, turns, 1));
            Assert.Equal(Of(card, unique, d => d.Figures[2]).Lines.Sum(line => line.Amount), billed + first.Sum(a => a.Amount) + second.Sum(a => a.Amount));
        }, iter: 500);

    [Fact]
    public void An_adjustment_names_the_day_it_corrects_and_one_within_the_allowance_costs_nothing()
    {
        var card = new RateCard(7, Month, "EUR", 2, [new(ChargedMeasure.Memory, "GB-hour", 1m, 10)]);
        var (eight, nine, twelve) = (Pricing.ChargesTests.Memory(8), Pricing.ChargesTests.Memory(9), Pricing.ChargesTests.Memory(12));
        var late = new LateMonth(card, new Dictionary<Guid, Quantities> { [Instances[0]] = eight }, [
            (Line(0, 4, 3, twelve), nine), (Line(0, 3, 2, nine), eight)]);
        var adjustments = Adjustments.Price(late).ToList();
        Assert.Equal([(Month.AddDays(3), 0m), (Month.AddDays(4), 2m)], adjustments.Select(a => (a.Day, a.Amount)));
        Assert.Equal(7, adjustments[0].RateCard);
    }

    [Fact]
    public void A_statements_digest_is_that_of_its_lines_in_any_order()
    {
        var card = new RateCard(1, Month, "EUR", 2, [new(ChargedMeasure.Memory, "GB-hour", 1.50m)]);
        var days = Enumerable.Range(0, 6).Select(d => Line(d % 3, d, 1, Pricing.ChargesTests.Memory(d))).ToList();
        var statement = Statement.Of(Instances[2], Month, card, DateTimeOffset.UnixEpoch, days, []);
        Assert.Equal(statement.Digest(), Statement.Of(Instances[2], Month, card, DateTimeOffset.UnixEpoch, days.AsEnumerable().Reverse(), []).Digest());
        Assert.NotEqual(statement.Digest(), Statement.Of(Instances[2], Month, card, DateTimeOffset.UnixEpoch, days.Skip(1), []).Digest());
        Assert.StartsWith(
            """
            launchstack statement 1
            user=00000003-0000-0000-0000-000000000000
            month=2026-10
            rate_card=1
            currency=EUR
            cutoff=1970-01-01T00:00:00.000000Z
            day=00000001-0000-0000-0000-000000000000,2026-10-01,1,digest
            """.ReplaceLineEndings("\n"), statement.Canonical(), StringComparison.Ordinal);
        Assert.EndsWith("\ntotal=22.50\n", statement.Canonical(), StringComparison.Ordinal);
    }

    private static Statement Of(RateCard card, List<(int Instance, int Day, Quantities[] Figures)> days, Func<(int Instance, int Day, Quantities[] Figures), Quantities> figure) =>
        Statement.Of(Instances[0], Month, card, default, days.Select(d => Line(d.Instance, d.Day, 1, figure(d))), []);

    // A turn of 0 comes in the first statement after, 1 in the second, 2 in both, 3 in the second as two steps at once.
    private static List<AdjustmentLine> Late(RateCard card, List<(int Instance, int Day, Quantities[] Figures)> days, int[] turns, int round)
    {
        var steps = days.Select((d, i) => (Day: d, At: turns[i] switch { 0 => new[] { 0, 2, 2 }, 1 => [0, 0, 2], 2 => [0, 1, 2], _ => [0, 0, 2] })).ToList();
        var billed = steps.GroupBy(s => Instances[s.Day.Instance])
            .ToDictionary(i => i.Key, i => i.Aggregate(default(Quantities), (sum, s) => sum + s.Day.Figures[s.At[round]]));
        var late = steps.Where(s => s.At[round] != s.At[round + 1])
            .Select(s => (Line(s.Day.Instance, s.Day.Day, round + 2, s.Day.Figures[s.At[round + 1]]), s.Day.Figures[s.At[round]]));
        return [.. Adjustments.Price(new(card, billed, [.. late]))];
    }

    private static BilledDay Line(int instance, int day, int revision, Quantities quantities) =>
        new(Instances[instance], Month.AddDays(day), revision, quantities, "digest", default);
}
