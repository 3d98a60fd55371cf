using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Estimates;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Tests.Metering.Statements;

public sealed class EstimatorTests
{
    private static readonly DateOnly Month = new(2026, 11, 1);
    private static readonly RateCard Card = Pricing.ChargesTests.Card(new RateItem(ChargedMeasure.Memory, "GB-hour", 1m));

    [Fact]
    public void The_same_use_every_day_goes_on_and_the_band_is_closed()
    {
        var estimate = Estimator.Of(Month, Month.AddDays(9), Card, Days(40, _ => 24));
        Assert.Equal((240, 720, 720, 720, 28), (estimate.ToDate, estimate.Expected, estimate.Low, estimate.High, estimate.DaysObserved));
    }

    [Fact]
    public void Scattered_days_open_the_band_and_the_last_day_closes_it()
    {
        var days = Days(60, day => day % 2 == 0 ? 10 : 30);
        var early = Estimator.Of(Month, Month.AddDays(4), Card, days);
        var late = Estimator.Of(Month, Month.AddDays(24), Card, days);
        Assert.True(early.Low < early.Expected && early.Expected < early.High);
        Assert.True(late.High - late.Low < early.High - early.Low);
        var end = Estimator.Of(Month, Month.AddDays(29), Card, days);
        Assert.Equal((end.ToDate, end.ToDate, end.ToDate), (end.Low, end.Expected, end.High));
    }

    [Fact]
    public void Before_the_first_day_and_on_the_first_one_there_is_an_honest_answer()
    {
        Assert.Equal((0, 0, 0, null), Estimator.Of(Month, Month.AddDays(-1), Card, new Dictionary<DateOnly, Quantities>()) is var none ? (none.Expected, none.High, none.DaysObserved, none.Through) : default);
        var one = Estimator.Of(Month, Month, Card, new Dictionary<DateOnly, Quantities> { [Month] = Pricing.ChargesTests.Memory(2) });
        Assert.Equal((60, 2, 118, 1), (one.Expected, one.Low, one.High, one.DaysObserved));
    }

    [Fact]
    public void A_past_months_estimate_is_made_without_what_came_after_it()
    {
        var used = Days(90, day => day < new DateOnly(2026, 10, 11).DayNumber ? 10 : 20);
        var check = Estimator.Check(new(2026, 10, 1), 10, Card, used);
        Assert.Equal(("2026-10", 310, 520), (check.Month, check.Expected, check.Actual));
        Assert.Equal((-40.4m, false), (check.ErrorPercent, check.WithinBand));
    }

    private static Dictionary<DateOnly, Quantities> Days(int back, Func<int, int> gigabyteHours) =>
        Enumerable.Range(0, back + 30).Select(i => Month.AddDays(29 - i)).ToDictionary(day => day, day => Pricing.ChargesTests.Memory(gigabyteHours(day.DayNumber)));
}
