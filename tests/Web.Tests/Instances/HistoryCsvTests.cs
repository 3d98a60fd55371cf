using System.Text;
using LaunchStack.Web.Instances;

namespace LaunchStack.Web.Tests.Instances;

public sealed class HistoryCsvTests
{
    [Fact]
    public void Every_digit_of_the_aggregator_is_kept_and_null_is_empty()
    {
        var json = """[{"timestamp":"2026-11-26T10:00:00+00:00","cpu_usage":0.30000000000000004,"memory_usage":null,"network_in":79228162514264337593543950335,"sample_count":3}]"""u8;

        var csv = Encoding.UTF8.GetString(HistoryCsv.Of(json.ToArray())).Split("\r\n");

        Assert.StartsWith("timestamp,cpu_usage,cpu_max,memory_usage", csv[0], StringComparison.Ordinal);
        Assert.Equal("2026-11-26T10:00:00+00:00,0.30000000000000004,,,,,,,79228162514264337593543950335,,3,", csv[1]);
        Assert.Equal(("", 3), (csv[2], csv.Length));
    }
}
