using System.Text.Json;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Tests.Alerts;

public sealed class RuleChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Theory]
    [InlineData("""{"measure":"cpu_percentage","above":95,"below":85,"span_seconds":60,"for_seconds":600,"clear_for_seconds":60,"severity":"critical"}""")]
    [InlineData("""{"measure":"cpu_percentage","above":150}""")]
    [InlineData("""{"measure":"memory_percentage","above":99.999,"aggregate":"maximum"}""")]
    [InlineData("""{"measure":"disk_usage","above":10000000000}""")]
    [InlineData("""{"measure":"disk_usage","above":0,"below":0}""", "below")]
    [InlineData("""{"measure":"network_in_rate","above":1000000,"span_seconds":30}""")]
    [InlineData("""{"measure":"silence","above":300,"below":120}""")]
    [InlineData("""{"measure":"platform_silence","above":50,"below":25,"span_seconds":90}""")]
    [InlineData("""{"measure":"cpu_percentage"}""", "above")]
    [InlineData("""{"measure":"cpu"}""", "measure")]
    [InlineData("""{"above":1}""", "measure")]
    [InlineData("""{"measure":"cpu_percentage","above":-1}""", "above")]
    [InlineData("""{"measure":"cpu_percentage","above":1000000}""", "above")]
    [InlineData("""{"measure":"memory_percentage","above":100}""", "above")]
    [InlineData("""{"measure":"disk_usage","above":9223372036854775807}""", "above")]
    [InlineData("""{"measure":"platform_silence","above":100}""", "above")]
    [InlineData("""{"measure":"silence","above":29}""", "above")]
    [InlineData("""{"measure":"silence","above":3601}""", "above")]
    [InlineData("""{"measure":"silence","above":300,"below":14}""", "below")]
    [InlineData("""{"measure":"silence","above":300,"span_seconds":60}""", "span_seconds")]
    [InlineData("""{"measure":"silence","above":300,"aggregate":"average"}""", "aggregate")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"below":91}""", "below")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"below":0}""", "below")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"below":-1}""", "below")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"span_seconds":14}""", "span_seconds")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"span_seconds":3601}""", "span_seconds")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"span_seconds":9223372036854775807}""", "span_seconds")]
    [InlineData("""{"measure":"network_out_rate","above":90,"span_seconds":15}""", "span_seconds")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"for_seconds":-1}""", "for_seconds")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"for_seconds":604801}""", "for_seconds")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"clear_for_seconds":604801}""", "clear_for_seconds")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"aggregate":"median"}""", "aggregate")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"severity":"bad"}""", "severity")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"scope":"user"}""", "user_id")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"scope":"world"}""", "scope")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"scope":"all","user_id":"11111111-1111-1111-1111-111111111111"}""", "scope")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"instance_id":"11111111-1111-1111-1111-111111111111","user_id":"11111111-1111-1111-1111-111111111111"}""", "instance_id")]
    [InlineData("""{"measure":"platform_silence","above":50,"user_id":"11111111-1111-1111-1111-111111111111"}""", "scope")]
    [InlineData("""{"measure":"cpu_percentage","above":90,"muted_until":"2026-11-23T09:00:00Z"}""", "muted_until")]
    public void A_rule_is_taken_or_the_parameter_at_fault_named(string json, string? parameter = null)
    {
        var body = JsonSerializer.Deserialize<AlertRuleBody>(json, Json)! with { Name = "a rule" };
        Assert.Equal(parameter, Record.Exception(() => RuleChecks.Of(body, Now)) is { } refusal ? Assert.IsType<ParameterException>(refusal).Parameter : null);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("two\nlines")]
    [InlineData("zero\0byte")]
    public void A_name_is_one_line_of_text(string? name) => Assert.Equal(
        "name", Assert.Throws<ParameterException>(() => RuleChecks.Of(new(name, "cpu_percentage", null, null, 90, null, null, null, null, null, null, null, null, null), Now)).Parameter);
}
