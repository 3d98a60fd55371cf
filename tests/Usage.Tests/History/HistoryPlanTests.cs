using CsCheck;
using LaunchStack.Usage.History;

namespace LaunchStack.Usage.Tests.History;

public sealed class HistoryPlanTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly UsageRelation[] Relations =
    [
        new("raw", TimeSpan.Zero), new("5m", TimeSpan.FromMinutes(5)), new("1h", TimeSpan.FromHours(1)), new("1d", TimeSpan.FromDays(1)),
    ];

    [Fact]
    public void Segments_cover_the_range_without_gap_or_overlap_and_fit_the_buckets_of_their_relation() =>
        Gen.Select(Gen.Long[0, 400L * 86_400_000], Gen.Long[1, 400L * 86_400_000], Gen.Int[1, 300], Gen.Int[0, 600 * 1440].Array[4]).Sample((offset, length, points, ends) =>
        {
            var from = Start.AddMilliseconds(offset);
            var to = from.AddMilliseconds(length);
            UsageRelation[] relations = [.. Relations.Zip(ends, (r, end) => r.IsRaw ? r : Materialized(r, Start.AddMinutes(end)))];
            var plan = HistoryPlan.Of(from, to, points, relations);

            Assert.Equal(from, plan.Segments[0].From);
            Assert.Equal(to, plan.Segments[^1].To);
            for (var i = 1; i < plan.Segments.Count; i++)
                Assert.Equal(plan.Segments[i - 1].To, plan.Segments[i].From);
            foreach (var segment in plan.Segments.Where(s => !s.Relation.IsRaw))
            {
                Assert.Equal(segment.From, TimeBucket.Floor(segment.From, segment.Relation.Resolution));
                Assert.Equal(segment.To, TimeBucket.Floor(segment.To, segment.Relation.Resolution));
                Assert.Equal(0, plan.Width.Ticks % segment.Relation.Resolution.Ticks);
                Assert.True(segment.To <= segment.Relation.Materialized!.Value.End);
            }
        });

    [Fact]
    public void Where_samples_are_gone_a_cut_bucket_is_taken_whole_from_the_rollup()
    {
        UsageRelation[] relations = [Relations[0] with { AvailableFrom = Start.AddDays(10) }, .. Relations[1..]];
        var plan = HistoryPlan.Of(Start.AddMinutes(2), Start.AddMinutes(63), 1000, relations);

        Assert.Equal(TimeSpan.FromMinutes(5), plan.Width);
        Assert.Equal([new HistorySegment(relations[1], Start, Start.AddMinutes(65))], plan.Segments);
    }

    [Fact]
    public void Stale_buckets_are_read_from_the_finer_relation_down_to_the_samples_and_the_rest_is_not()
    {
        var late = new TimeWindow(Start.AddDays(2).AddHours(3).AddMinutes(5), Start.AddDays(2).AddHours(3).AddMinutes(10));
        UsageRelation[] relations = [.. Relations.Select(r => r.IsRaw ? r : r with { Stale = [late.Widen(r.Resolution)] })];

        var plan = HistoryPlan.Of(Start, Start.AddDays(10), 10, relations);

        Assert.Equal(
            [
                new(relations[3], Start, Start.AddDays(2)),
                new(relations[2], Start.AddDays(2), Start.AddDays(2).AddHours(3)),
                new(relations[1], Start.AddDays(2).AddHours(3), late.From),
                new(relations[0], late.From, late.To),
                new(relations[1], late.To, Start.AddDays(2).AddHours(4)),
                new(relations[2], Start.AddDays(2).AddHours(4), Start.AddDays(3)),
                new HistorySegment(relations[3], Start.AddDays(3), Start.AddDays(10)),
            ],
            plan.Segments);
    }

    [Fact]
    public void What_has_not_been_materialized_is_read_from_the_finer_relation()
    {
        UsageRelation[] relations =
        [
            Relations[0], Materialized(Relations[1], Start.AddHours(47)), Materialized(Relations[2], Start.AddHours(46)), Materialized(Relations[3], Start.AddDays(1)),
        ];

        var plan = HistoryPlan.Of(Start, Start.AddDays(2), 2, relations);

        Assert.Equal(
            [
                new(relations[3], Start, Start.AddDays(1)),
                new(relations[2], Start.AddDays(1), Start.AddHours(46)),
                new(relations[1], Start.AddHours(46), Start.AddHours(47)),
                new HistorySegment(relations[0], Start.AddHours(47), Start.AddDays(2)),
            ],
            plan.Segments);
        Assert.Equal(["1d table", "1h table", "5m table", "raw"], plan.Segments.Select(s => s.Relation.Source));
    }

    [Fact]
    public void A_stale_bucket_whose_samples_are_gone_is_read_from_the_rollup()
    {
        UsageRelation[] relations =
        [
            Relations[0] with { AvailableFrom = Start.AddMinutes(32) }, Relations[1] with { Stale = [new(Start, Start.AddMinutes(40))] },
        ];

        var plan = HistoryPlan.Of(Start, Start.AddHours(1), 12, relations);

        Assert.Equal(
            [
                new(relations[1], Start, Start.AddMinutes(35)),
                new(relations[0], Start.AddMinutes(35), Start.AddMinutes(40)),
                new HistorySegment(relations[1], Start.AddMinutes(40), Start.AddHours(1)),
            ],
            plan.Segments);
    }

    private static UsageRelation Materialized(UsageRelation relation, DateTimeOffset end) =>
        relation with { Materialized = (relation.Name + " table", TimeBucket.Floor(end, relation.Resolution)) };
}
