using LaunchStack.Web.Alerts;
using LaunchStack.Web.Costs;
using LaunchStack.Web.Database;
using LaunchStack.Web.Migration;

namespace LaunchStack.Web.Tests.Pages;

public sealed class PageTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_rule_reads_as_a_sentence()
    {
        var rule = new RuleRow(Guid.Empty, 1, "Busy", "cpu_percentage", "average", 60, 95, 600, 85, 0, "warning", "all", null, null, true, null);

        Assert.Equal("CPU above 95 % for 10 min, cleared below 85 % (average of 1 min)", RuleText.Of(rule));
        Assert.Equal("Silent above 5 min", RuleText.Of(rule with { Measure = "silence", Above = 300, Below = 300, ForSeconds = 0, SpanSeconds = null }));
        Assert.Equal("2 MiB/s", RuleText.Value(2 * 1024 * 1024, "network_in_rate"));
    }

    [Fact]
    public void Quantities_are_hours_and_amounts_bear_their_currency()
    {
        Assert.Equal("2 core-h", Quantity.Of("cpu", 7.2e12));
        Assert.Equal("0.5 GiB-h", Quantity.Of("memory", 0.5 * 1024 * 1024 * 1024 * 3.6e6));
        Assert.Equal("1 GiB", Quantity.Of("network_in", 1024 * 1024 * 1024));
        Assert.Equal("1,234.50 EUR", Quantity.Money(1234.5m, "EUR"));
        Assert.Equal("75 %", Quantity.Covered(new(0, 0, 0, 0, 0, 3, 1)));
    }

    [Fact]
    public void A_step_of_the_move_says_whether_it_is_its_turn()
    {
        var run = new MigrationRun("1/app", 2, Now, null, null, null, 10, 4, 0, null, null, 0, "copy");

        Assert.Equal(["done", "next", "later", "later", "later"], MigrationStep.Of(run).Select(step => step.State));
        Assert.Equal("aspire resource migrator start", MigrationStep.Of(run)[1].Command);
        Assert.Contains("6 of 10", MigrationStep.Of(run)[1].Why, StringComparison.Ordinal);
        var verified = run with { CopiedAt = Now, VerifiedAt = Now, Done = 10, Next = "cutover" };
        Assert.Equal(["done", "done", "done", "done", "next"], MigrationStep.Of(verified).Select(step => step.State));
        Assert.Equal(["done", "done", "done", "done", "done"], MigrationStep.Of(verified with { CutoverAt = Now, Next = null }).Select(step => step.State));
        Assert.Equal(["done", "done", "next", "later", "later"], MigrationStep.Of(verified with { VerifiedAt = null, Done = 9, Next = "catch-up" }).Select(step => step.State));
    }

    [Fact]
    public void The_parts_of_a_relations_time_add_up()
    {
        const double Day = 86400;
        var relation = new RelationRow("resource_usage", "hypertable", 1, 1, 100, 93, 2, 1, Now.AddDays(-90), Now.AddDays(10), Day, 7 * Day, 90 * Day);

        var (dropped, compressed, open) = relation.Timeline(Now);

        Assert.Equal((0.01, 0.82, 0.17), (Math.Round(dropped, 6), Math.Round(compressed, 6), Math.Round(open, 6)));
        Assert.Equal((0, 0, 1), (relation with { Oldest = null }).Timeline(Now));
    }
}
