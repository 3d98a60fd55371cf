using System.Text.Json;
using LaunchStack.Aggregator.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Aggregator.Tests.Usage;

public sealed class LatestUsageTests
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Fact]
    public void Every_measure_of_the_newest_sample_is_answered_by_the_name_of_its_column()
    {
        var values = default(SampleValues);
        foreach (var measure in Measures.All)
            values.Raise(measure, (int)measure + 1);
        var answer = JsonSerializer.SerializeToElement(LatestUsage.Of(new(Guid.NewGuid(), DateTimeOffset.UnixEpoch, values)), Json);
        Assert.All(Measures.All, measure => Assert.Equal((int)measure + 1, answer.GetProperty(measure.Column()).GetDouble()));
        Assert.Equal(200 / 3.0, answer.GetProperty("memory_percentage").GetDouble());
    }
}
