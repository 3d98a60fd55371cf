using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling;

/// <summary>The parsers of /proc and of cgroups, on texts as the kernel writes them.</summary>
public sealed class KernelFilesTests : IDisposable
{
    private const string Stat =
        """
        cpu  16188 6618 9097 960026 3348 7 144 787 500 20
        cpu0 6471 3266 3355 484461 258 0 18 386 0 0
        intr 123
        """;

    private const string MemInfo =
        """
        MemTotal:       24684084 kB
        MemFree:        23924452 kB
        MemAvailable:   24338972 kB
        """;

    private readonly TemporaryDirectory _root = new();

    [Fact]
    public void Busy_time_leaves_out_idle_waiting_stolen_and_guest_time() =>
        Assert.Equal(TimeSpan.FromMilliseconds((16188 + 6618 + 9097 + 7 + 144) * 10), ProcProbe.CpuTime(Stat));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("cpu  1 2 3")]
    [InlineData("cpu  1 2 3 4 5 6 x 8")]
    [InlineData("processor 1 2 3 4 5 6 7 8")]
    public void A_stat_file_not_understood_gives_no_figure(string? text) => Assert.Null(ProcProbe.CpuTime(text));

    [Fact]
    public void The_machine_is_read_from_proc()
    {
        Put("proc/stat", Stat);
        Put("proc/meminfo", MemInfo);
        var reading = new ProcProbe(_root.Path).Read();
        Assert.Equal((24684084L - 24338972) * 1024, reading.MemoryUsage);
        Assert.Equal(24684084L * 1024, reading.MemoryLimit);
        Assert.NotNull(reading.CpuTime);
    }

    [Fact]
    public void What_is_not_there_is_unknown_not_zero()
    {
        Assert.Equal(default, new ProcProbe(_root.Path).Read());
    }

    [Fact]
    public void A_container_is_read_from_its_cgroup()
    {
        Put("proc/meminfo", MemInfo);
        Put("sys/fs/cgroup/cpu.stat", "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n");
        Put("sys/fs/cgroup/memory.current", "104857600\n");
        Put("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 4857600\nactive_file 7\n");
        Put("sys/fs/cgroup/memory.max", "536870912\n");

        var probe = CgroupV2Probe.Find(_root.Path, new ProcProbe(_root.Path));

        Assert.Equal(new ComputeReading(TimeSpan.FromSeconds(2.5), 100_000_000, 536870912), probe!.Read());
    }

    [Fact]
    public void A_root_cgroup_without_memory_is_the_machine_not_a_container()
    {
        Put("sys/fs/cgroup/cpu.stat", "usage_usec 2500000\n");
        Assert.Null(CgroupV2Probe.Find(_root.Path, new ProcProbe(_root.Path)));
    }

    [Theory]
    [InlineData("cpuacct")]
    [InlineData("cpu,cpuacct")]
    [InlineData("cpuacct,cpu")]
    public void A_container_of_cgroup_v1_is_read_from_its_own_groups(string controller)
    {
        Put("proc/meminfo", MemInfo);
        Put("sys/fs/cgroup/unified/cgroup.procs", "1\n");
        Put($"sys/fs/cgroup/{controller}/cpuacct.usage", "2500000000\n");
        PutMemory("sys/fs/cgroup/memory", limit: "536870912");

        Assert.Null(CgroupV2Probe.Find(_root.Path, new ProcProbe(_root.Path)));
        var probe = CgroupV1Probe.Find(_root.Path, new ProcProbe(_root.Path));

        Assert.Equal(new ComputeReading(TimeSpan.FromSeconds(2.5), 100_000_000, 536870912), probe!.Read());
    }

    [Fact]
    public void A_root_group_of_cgroup_v1_is_the_machine_and_a_group_in_it_can_be_named()
    {
        Put("proc/meminfo", MemInfo);
        Put("sys/fs/cgroup/memory/release_agent", "\n");
        Put("sys/fs/cgroup/cpuacct/cpuacct.usage", "9000000000\n");
        PutMemory("sys/fs/cgroup/memory", limit: "9223372036854771712");
        Put("sys/fs/cgroup/cpuacct/docker/abc/cpuacct.usage", "2500000000\n");
        PutMemory("sys/fs/cgroup/memory/docker/abc", limit: "9223372036854771712");

        var machine = new ProcProbe(_root.Path);
        Assert.Null(CgroupV1Probe.Find(_root.Path, machine));
        Assert.Null(CgroupV1Probe.In(_root.File("sys/fs/cgroup/docker"), machine));
        var probe = CgroupV1Probe.In(_root.File("sys/fs/cgroup/memory/docker/abc"), machine);
        Assert.Equal(new ComputeReading(TimeSpan.FromSeconds(2.5), 100_000_000, 24684084L * 1024), probe!.Read());
    }

    [Fact]
    public void Numbers_beyond_any_machine_give_no_figure()
    {
        Put("proc/meminfo", "MemTotal: 9223372036854775807 kB\nMemAvailable: 5 kB\n");
        Put("sys/fs/cgroup/cpu.stat", "usage_usec 9223372036854775807\n");
        Put("sys/fs/cgroup/memory.current", "99999999999999999999\n");
        Assert.Equal(default, CgroupV2Probe.Find(_root.Path, new ProcProbe(_root.Path))!.Read());
        Assert.Null(ProcProbe.CpuTime("cpu  9223372036854775807 9223372036854775807 1 1 1 1 1 1"));
    }

    [Theory]
    [InlineData("max\n", 1000L, 1000L)]
    [InlineData("500\n", 1000L, 500L)]
    [InlineData("9223372036854771712\n", 1000L, 1000L)]
    [InlineData("500\n", null, 500L)]
    [InlineData("max\n", null, null)]
    [InlineData(null, 1000L, 1000L)]
    public void The_limit_is_the_smaller_of_container_and_machine(string? max, long? machine, long? limit) =>
        Assert.Equal(limit, CgroupMemory.Limit(max, machine));

    [Theory]
    [InlineData("inactive_file 5\n", 5L)]
    [InlineData("inactive_filex 5\ninactive_file 6\n", 6L)]
    [InlineData("a 1\n", null)]
    [InlineData("inactive_file -5\n", null)]
    [InlineData("inactive_file\n", null)]
    public void A_value_is_found_by_its_whole_key(string text, long? value) =>
        Assert.Equal(value, KernelFile.Value(text, "inactive_file"));

    [Fact]
    public void Page_cache_beyond_the_total_is_not_below_zero() => Assert.Equal(0, CgroupMemory.WorkingSet(5, 10));

    public void Dispose() => _root.Dispose();

    private void PutMemory(string directory, string limit)
    {
        Put($"{directory}/memory.usage_in_bytes", "104857600\n");
        Put($"{directory}/memory.stat", "inactive_file 1\ntotal_inactive_file 4857600\n");
        Put($"{directory}/memory.limit_in_bytes", limit + "\n");
    }

    private void Put(string path, string text)
    {
        var file = _root.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
