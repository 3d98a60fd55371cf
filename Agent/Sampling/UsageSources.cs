using LaunchStack.Agent.Sampling.Network;
using LaunchStack.Agent.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Sampling;

/// <summary>The instances the options ask for.</summary>
internal static partial class UsageSources
{
    private const string Root = "/";

    public static IReadOnlyList<IUsageSource> Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<AgentOptions>>().Value;
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("LaunchStack.Agent.Sampling");
        var state = services.GetRequiredService<StateDirectory>();
        var sources = new List<IUsageSource>();

        if (options.Machine)
        {
            var machine = new MachineSource(
                options.InstanceId ?? InstanceIdentity.ReadOrCreate(state, logger),
                options.Name,
                Probe(options.CgroupPath),
                new NetworkMeter(Root, Path.Combine(state.Path, "network"), options.Spool.Fsync, logger),
                options.DiskPath,
                services.GetRequiredService<TimeProvider>());
            LogMachine(logger, machine.Name, machine.InstanceId, machine.Description, state.Path);
            sources.Add(machine);
        }

        for (var number = 0; number < options.Simulate; number++)
            sources.Add(new SimulatedInstance(options.Seed, number));
        if (options.Simulate > 0)
            LogSimulated(logger, options.Simulate, options.Seed);
        return sources;
    }

    private static IComputeProbe Probe(string? cgroup)
    {
        var machine = new ProcProbe(Root);
        if (cgroup is null)
            return CgroupV2Probe.Find(Root, machine) ?? CgroupV1Probe.Find(Root, machine) ?? (IComputeProbe)machine;
        return CgroupV2Probe.In(cgroup, machine) ?? CgroupV1Probe.In(cgroup, machine)
            ?? throw new InvalidOperationException(
                $"Agent:CgroupPath is '{cgroup}': it has neither cpu.stat and memory.current (cgroup v2) nor memory.usage_in_bytes and, beside its "
                + "controller, cpuacct.usage (v1).");
    }

    [LoggerMessage(EventName = "MachineSampled", Level = LogLevel.Information, Message = "Sampling {Name} as instance {Instance} from {Source}; state is kept in {State}")]
    private static partial void LogMachine(ILogger logger, string name, Guid instance, string source, string state);

    [LoggerMessage(EventName = "InstancesSimulated", Level = LogLevel.Information, Message = "Simulating {Count} instances with seed {Seed}")]
    private static partial void LogSimulated(ILogger logger, int count, int seed);
}
