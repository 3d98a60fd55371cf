using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Tests.Ledger;

public sealed class QuarantineLimitTests
{
    [Theory]
    [InlineData(1, 100, 0, 0, false)]
    [InlineData(1, 100, 1, 0, false)]
    [InlineData(1, 100, 2, 0, true)]
    [InlineData(1, 0, 0, 0, false)]
    // Never all of it, whatever the limit.
    [InlineData(100, 1, 1, 0, true)]
    [InlineData(100, 50, 50, 0, true)]
    [InlineData(100, 50, 49, 0, false)]
    [InlineData(0, 1_000_000, 1, 0, true)]
    // What was left behind on request does not count.
    [InlineData(1, 100, 60, 59, false)]
    [InlineData(1, 100, 60, 57, true)]
    [InlineData(1, 100, 100, 100, false)]
    public void A_share_above_the_limit_or_all_of_a_table_exceeds_it(double percent, long rows, long quarantined, long onRequest, bool exceeds) =>
        Assert.Equal(exceeds, new QuarantineLimit(percent).Exceeds(new("users", rows, rows - quarantined, quarantined), onRequest));

    [Fact]
    public void The_default_is_one_percent_and_the_message_names_rows_reasons_and_both_remedies()
    {
        Assert.Equal(1, QuarantineLimit.Default.Percent);
        var said = QuarantineLimit.Default.Describe(new("users", 10, 7, 3), new Dictionary<string, long> { ["email is null"] = 2, ["duplicate"] = 1 });
        Assert.StartsWith("3 of 10 rows of users would stay behind in quarantine, more than 1 percent", said, StringComparison.Ordinal);
        Assert.Contains("2 email is null; 1 duplicate", said, StringComparison.Ordinal);
        Assert.Contains("run catch-up", said, StringComparison.Ordinal);
        Assert.Contains("--quarantine-limit", said, StringComparison.Ordinal);
    }
}
