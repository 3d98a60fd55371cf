using LaunchStack.Hosting.Services;

namespace LaunchStack.Hosting.Tests;

public sealed class FreePortsTests
{
    [Fact]
    public void Each_taken_port_is_named_once_with_what_wanted_it()
    {
        var refusal = FreePortsExtensions.Refusal([(18888, "the dashboard"), (5080, "ingest-api"), (5080, "ingest-api"), (5081, "aggregator"), (0, "web")], new HashSet<int> { 5080, 18888, 22, 0 });

        Assert.StartsWith("Ports in use: 18888 (the dashboard), 5080 (ingest-api). ", refusal, StringComparison.Ordinal);
        Assert.Contains("--isolated", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Free_ports_and_ports_of_the_systems_choice_refuse_nothing() =>
        Assert.Null(FreePortsExtensions.Refusal([(18888, "the dashboard"), (0, "web")], new HashSet<int> { 0, 22 }));
}
