namespace LaunchStack.Agent.CommandLine;

/// <summary>
/// Reads short options (<c>--simulate 50</c>) and configuration keys (<c>--Agent:Simulate=50</c>).
/// Unlike the configuration provider for command lines, it refuses what it does not know.
/// </summary>
internal static class AgentCommandLine
{
    private static readonly Dictionary<string, string> _short = new(StringComparer.OrdinalIgnoreCase)
    {
        ["endpoint"] = "Agent:Endpoint",
        ["key-file"] = "Agent:KeyFile",
        ["interval"] = "Agent:Interval",
        ["simulate"] = "Agent:Simulate",
        ["seed"] = "Agent:Seed",
        ["machine"] = "Agent:Machine",
        ["name"] = "Agent:Name",
        ["instance-id"] = "Agent:InstanceId",
        ["state-directory"] = "Agent:StateDirectory",
        ["disk-path"] = "Agent:DiskPath",
        ["cgroup-path"] = "Agent:CgroupPath",
    };

    public static IEnumerable<string> ShortOptions => _short.Keys;

    public static AgentCommand Parse(IReadOnlyList<string> args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--help" or "-h" or "-?")
                return new(settings, ShowHelp: true);
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                return new(settings, Error: $"'{args[i]}' is not an option.");

            var (option, value) = Split(args[i][2..]);
            if (!_short.TryGetValue(option, out var key))
            {
                if (!option.Contains(':', StringComparison.Ordinal))
                    return new(settings, Error: $"There is no option --{option}.");
                key = option;
            }

            if (value is null)
            {
                if (i + 1 == args.Count || args[i + 1].StartsWith("--", StringComparison.Ordinal))
                    return new(settings, Error: $"--{option} needs a value.");
                value = args[++i];
            }

            settings[key] = value;
        }

        return new(settings);
    }

    private static (string Option, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }
}
