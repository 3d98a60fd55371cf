using System.Text.Json;
using LaunchStack.Ingest.Api.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Usage;

public class UsageAnswerTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(1000, null)]
    [InlineData(1001, 1)]
    [InlineData(10_000, 9000)]
    public void An_answer_names_a_thousand_rejected_samples_and_counts_the_others(int rejected, int? more)
    {
        var answer = UsageAnswer.Of(new(3, 2, [.. Enumerable.Range(0, rejected).Select(index => new UsageRejection(index, "not_an_object", "why"))]));
        Assert.Equal((3, 2, rejected, more), (answer.Accepted, answer.Duplicates, answer.Rejected.Count + more.GetValueOrDefault(), answer.MoreRejected));
        Assert.Equal(Enumerable.Range(0, Math.Min(rejected, 1000)), answer.Rejected.Select(rejection => rejection.Index));
        var json = JsonSerializer.Serialize(answer, UsageJson.Default.UsageAnswer);
        Assert.Equal(more is not null, json.EndsWith($"],\"more_rejected\":{more}}}", StringComparison.Ordinal));
    }
}
