using System.Text.Json;
using LaunchStack.Agent.Spooling;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Tests.Spooling;

public sealed class SpooledSampleTests
{
    [Fact]
    public void Every_measure_is_sent_by_the_name_of_its_column_and_what_is_not_known_is_left_out()
    {
        var values = default(SampleValues);
        foreach (var measure in Measures.All)
            values.Raise(measure, (int)measure + 1.25);
        using var sent = JsonDocument.Parse(SpooledSample.From(new(Guid.NewGuid(), DateTimeOffset.UnixEpoch, values)).Json);
        Assert.Equal(
            Measures.All.Select(measure => (measure.Column(), measure.IsFraction() ? (int)measure + 1.25 : (int)measure + 1)),
            sent.RootElement.EnumerateObject().Skip(2).Select(member => (member.Name, member.Value.GetDouble())));

        using var empty = JsonDocument.Parse(SpooledSample.From(new(Guid.NewGuid(), DateTimeOffset.UnixEpoch, default)).Json);
        Assert.Equal(["instance_id", "timestamp"], empty.RootElement.EnumerateObject().Select(member => member.Name));
    }
}
