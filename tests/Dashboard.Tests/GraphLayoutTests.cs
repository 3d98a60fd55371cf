using LaunchStack.Dashboard.Resources;

namespace LaunchStack.Dashboard.Tests;

public sealed class GraphLayoutTests
{
    [Fact]
    public void A_long_line_runs_through_a_place_of_its_own()
    {
        var layout = new GraphLayout([Resource("database"), Resource("migrator", "database"), Resource("service", "database", "migrator")]);

        Assert.Equal(3, layout.Edges.Count);
        Assert.True(layout.Places["database"].X < layout.Places["migrator"].X && layout.Places["migrator"].X < layout.Places["service"].X);
        var (x, y) = layout.Places["migrator"];
        var through = layout.Edges.Single(e => e is { From: "database", To: "service" }).Path;
        Assert.Contains($"H{x + GraphLayout.BoxWidth}", through);
        Assert.DoesNotContain($" {x} {y + GraphLayout.BoxHeight / 2}H", through);
    }

    [Fact]
    public void Replicas_are_waited_for_one_by_one_and_a_circle_ends()
    {
        var layout = new GraphLayout([
            Resource("api-0") with { Parent = "api" }, Resource("api-1") with { Parent = "api" }, Resource("agent", "api"), Resource("hen", "egg"), Resource("egg", "hen")]);

        Assert.Equal(["api-0", "api-1"], layout.Edges.Where(e => e.To == "agent").Select(e => e.From).Order());
        Assert.Equal(5, layout.Places.Count);
    }

    private static ResourceSnapshot Resource(string name, params string[] waitsFor) =>
        new() { Name = name, WaitsFor = [.. waitsFor.Select(w => new ResourceWait(w, "healthy"))] };
}
