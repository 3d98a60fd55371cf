using LaunchStack.Web.Instances;

namespace LaunchStack.Web.Tests.Instances;

public sealed class InstanceQueryTests
{
    [Fact]
    public void The_state_asked_for_is_the_one_that_the_list_shows()
    {
        var query = new InstanceQuery("n8n", "silent", "-cpu_usage", null);

        Assert.Equal(
            new() { ["search"] = "n8n", ["liveness"] = "silent", ["sort"] = "-cpu_usage", ["limit"] = "25" }, query.ToApi(25).OrderBy(p => p.Key).ToDictionary());
        Assert.Equal("silent", query.Given["state"]);
        Assert.True(query.Filters);
    }

    [Fact]
    public void Nothing_asked_for_leaves_nothing_out()
    {
        var query = new InstanceQuery("", null, "name", "x");

        Assert.False(query.Filters);
        Assert.Equal(["after", "sort"], query.Given.Keys.Order());
    }
}
