using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Delivery;

public class DeadFileTests
{
    [Fact]
    public void A_full_file_is_put_behind_and_a_new_one_begun()
    {
        using var directory = new TemporaryDirectory();
        var dead = new DeadFile(directory.Path, new WatchedTime(), maxBytes: 1000);
        var sample = new SpooledSample(DeliveryBench.Instance, "{\"disk_usage\":1}"u8.ToArray());
        for (var i = 0; i < 100; i++)
            dead.Add(sample, "out_of_range", "line\nbreak");

        Assert.InRange(new FileInfo(dead.Path).Length, 1, 1200);
        Assert.InRange(new FileInfo(directory.File("dead.1.ndjson")).Length, 1000, 1200);
        Assert.All(File.ReadAllLines(dead.Path), line => Assert.EndsWith("\"sample\":{\"disk_usage\":1}}", line, StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(directory.Path).Length);
    }
}
