using System.CommandLine;

namespace LaunchStack.Agent.CommandLine;

/// <summary>
/// The command line: short options (<c>--simulate 50</c>) and any key of the configuration (<c>--Agent:Simulate=50</c>). Unlike the
/// configuration provider for command lines, it refuses what it does not know.
/// </summary>
internal static class AgentCommand
{
    private const int UsageError = 2;

    /// <param name="args">The command line.</param>
    /// <param name="run">Runs the agent with settings that override files and environment.</param>
    public static async Task<int> RunAsync(string[] args, Func<IReadOnlyDictionary<string, string?>, Task<int>> run)
    {
        var root = new RootCommand(
            """
            LaunchStack agent: samples this machine and sends what it uses to Ingest.Api.

            Every configuration key can be given too, as --Agent:Spool:MaxBytes=1048576 or in the environment as
            Agent__Spool__MaxBytes. docs/agent.md lists them. Samples are on disk before they are sent. While Ingest.Api is
            unavailable they wait there and go out in order when it is back; when the spool is full the oldest are dropped, with
            a warning. Exit codes: 0 stopped, 1 cannot start or failed, 2 command line not understood.
            """) { TreatUnmatchedTokensAsErrors = false };
        var options = ShortOptions();
        foreach (var (_, option) in options)
            root.Options.Add(option);
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        root.SetAction((_, _) => run(settings));

        var parsed = root.Parse(args);
        var errors = parsed.Errors.Select(error => error.Message).Concat(ReadKeys(parsed.UnmatchedTokens, settings)).ToArray();
        if (errors.Length > 0)
        {
            await Console.Error.WriteLineAsync(string.Join('\n', errors) + "\nTry --help.");
            return UsageError;
        }

        foreach (var (key, option) in options)
        {
            if (parsed.GetValue(option) is [.., var last])
                settings[key] = last;
        }

        // Signals are the host's to handle: it takes the time it needs.
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static (string Key, Option<string[]> Option)[] ShortOptions() =>
    [
        ("Agent:Endpoint", Short("endpoint", "URL", "Ingest.Api's base address (default: http://ingest-api, by service discovery)")),
        ("Agent:KeyFile", Short("key-file", "FILE", "file with the bearer key; or set Auth__Key in the environment")),
        ("Agent:Interval", Short("interval", "TIME", "between two samples, hours:minutes:seconds (default: 00:00:10)")),
        ("Agent:Simulate", Short("simulate", "N", "so many simulated instances beside the machine (default: 0)")),
        ("Agent:Seed", Short("seed", "N", "what the simulated instances are made from (default: 1)")),
        ("Agent:Machine", Short("machine", "true|false", "whether the machine itself is sampled (default: true)")),
        ("Agent:Name", Short("name", "NAME", "what the machine is registered as (default: its host name)")),
        ("Agent:InstanceId", Short("instance-id", "UUID", "the machine's identity (default: made once and kept)")),
        ("Agent:StateDirectory", Short("state-directory", "DIR",
            "identity, unsent samples and dead letters (default: $XDG_STATE_HOME/launchstack-agent, ~/.local/state/launchstack-agent)")),
        ("Agent:DiskPath", Short("disk-path", "PATH", "a path on the file system to report (default: /)")),
        ("Agent:CgroupPath", Short("cgroup-path", "DIR", "cgroup directory to read (default: this container's, else /proc)")),
    ];

    /// <summary>Reads <c>--A:B=value</c> and <c>--A:B value</c>; returns what is wrong with them.</summary>
    private static IEnumerable<string> ReadKeys(IReadOnlyList<string> tokens, Dictionary<string, string?> settings)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            var (key, equals) = (tokens[i], tokens[i].IndexOf('=', StringComparison.Ordinal));
            if (equals >= 0)
                key = key[..equals];
            if (!key.StartsWith("--", StringComparison.Ordinal))
                yield return $"'{tokens[i]}' is not an option.";
            else if (!key.Contains(':', StringComparison.Ordinal))
                yield return $"There is no option {key}.";
            else if (equals >= 0)
                settings[key[2..]] = tokens[i][(equals + 1)..];
            else if (i + 1 < tokens.Count && !tokens[i + 1].StartsWith("--", StringComparison.Ordinal))
                settings[key[2..]] = tokens[++i];
            else
                yield return $"{key} needs a value.";
        }
    }

    /// <summary>May stand several times, as a script's default and what overrides it: the last one counts.</summary>
    private static Option<string[]> Short(string name, string value, string description) => new($"--{name}") { HelpName = value, Description = description };
}
