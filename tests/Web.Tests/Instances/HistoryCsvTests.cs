using System.Text;
using System.Text.Json;
using LaunchStack.Web.Instances;

namespace LaunchStack.Web.Tests.Instances;

public sealed class HistoryCsvTests
{
    [Fact]
    public void Every_digit_of_the_aggregator_is_kept_and_null_is_empty()
    {
        var json = """[{"timestamp":"2026-11-26T10:00:00+00:00","cpu_usage":0.30000000000000004,"memory_usage":null,"network_in":79228162514264337593543950335,"sample_count":3}]"""u8;

        var csv = Encoding.UTF8.GetString(HistoryCsv.Of(new(json.ToArray(), null, null))).Split("\r\n");

        Assert.StartsWith("timestamp,cpu_usage,cpu_max,memory_usage", csv[0], StringComparison.Ordinal);
        Assert.Equal("2026-11-26T10:00:00+00:00,0.30000000000000004,,,,,,,79228162514264337593543950335,,3,", csv[1]);
        Assert.Equal(("", 3), (csv[2], csv.Length));
    }

    [Fact]
    public void Every_member_of_the_aggregator_s_buckets_has_its_column()
    {
        var members = typeof(LaunchStack.Usage.History.UsageBucket).GetProperties().Select(member => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name));
        Assert.Equal(string.Join(',', members), Encoding.UTF8.GetString(HistoryCsv.Of(new("[]"u8.ToArray(), null, null))).TrimEnd());
    }

    [Fact]
    public void A_comparison_is_in_both_files_and_told_apart()
    {
        var file = new HistoryFile(
            """[{"timestamp":"2026-11-26T10:00:00+00:00","cpu_usage":1}]"""u8.ToArray(), "the period before",
            """[{"timestamp":"2026-11-25T10:00:00+00:00","cpu_usage":2.50}]"""u8.ToArray());

        var csv = Encoding.UTF8.GetString(HistoryCsv.Of(file)).Split("\r\n");

        Assert.EndsWith(",restarts,compared", csv[0], StringComparison.Ordinal);
        Assert.Equal(["2026-11-26T10:00:00+00:00,1,,,,,,,,,,,false", "2026-11-25T10:00:00+00:00,2.50,,,,,,,,,,,true", ""], csv[1..]);
        Assert.Equal(
            """{"history":[{"timestamp":"2026-11-26T10:00:00+00:00","cpu_usage":1}],"compared_with":"the period before","compared":[{"timestamp":"2026-11-25T10:00:00+00:00","cpu_usage":2.50}]}""",
            Encoding.UTF8.GetString(file.ToJson()));
    }
}
