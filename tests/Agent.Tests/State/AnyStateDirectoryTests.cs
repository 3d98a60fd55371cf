using CsCheck;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.Agent.Tests.State;

/// <summary>The whole agent over a state directory in which anything may lie.</summary>
public class AnyStateDirectoryTests
{
    private static readonly string[] Names =
    [
        "agent.lock", "instance-id", "instance-id.new", "network", "network.new", "dead.ndjson", "dead.1.ndjson", "spool", "spool/cursor",
        "spool/0000000000000000000.seg", "spool/0000000000000000009.seg", "spool/x.seg",
    ];

    [Fact]
    public async Task Samples_are_taken_and_delivered_whatever_lies_in_it()
    {
        await using var server = await ScriptedIngest.StartAsync();
        // One sample of each round is refused, so that dead letters are written too.
        server.Reject = sample => sample.GetProperty("instance_id").GetGuid() == new Guid("f5190704-e416-8c69-b5dd-c390f553478d") ? "out_of_range" : null;
        var seen = 0;
        await Gen.Select(Gen.OneOf(Names), Gen.Int[0, 4], Gen.Byte.Array[0, 40]).Array[0, 6].SampleAsync(
            async entries =>
            {
                using var directory = new TemporaryDirectory();
                foreach (var (name, kind, content) in entries)
                    Put(directory.File(name), kind, content);

                var time = new WatchedTime();
                time.Advance(TimeSpan.FromMinutes(Interlocked.Increment(ref seen)));
                using var host = Build(server.Address, directory, time);
                await host.StartAsync(TestContext.Current.CancellationToken);
                await time.NextWaitAsync();
                var machine = Guid.Parse(File.ReadAllText(directory.File("instance-id")));
                time.Advance(TimeSpan.FromSeconds(1));
                while (!server.Samples.Any(sample => sample.GetProperty("instance_id").GetGuid() == machine))
                    await server.StoredAsync();
                await host.StopAsync(TestContext.Current.CancellationToken);

                Assert.Contains("out_of_range", File.ReadAllText(directory.File("dead.ndjson")), StringComparison.Ordinal);
            },
            iter: 60,
            threads: 1);
    }

    private static IHost Build(Uri endpoint, TemporaryDirectory directory, WatchedTime time)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:Endpoint"] = endpoint.ToString(),
            ["Agent:Simulate"] = "1",
            ["Agent:StateDirectory"] = directory.Path,
            ["Agent:Spool:Fsync"] = "false",
            ["Auth:Key"] = ScriptedIngest.Key,
        });
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddAgent();
        return builder.Build();
    }

    private static void Put(string path, int kind, byte[] content)
    {
        if (Path.Exists(path) || !TryCreateParent(path))
            return;
        switch (kind)
        {
            case 0:
                Directory.CreateDirectory(Path.Combine(path, "within"));
                break;
            case 1:
                File.CreateSymbolicLink(path, "/no/such/file");
                break;
            default:
                File.WriteAllBytes(path, content);
                break;
        }
    }

    private static bool TryCreateParent(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (!Path.Exists(parent))
            Directory.CreateDirectory(parent);
        return Directory.Exists(parent);
    }
}
