namespace LaunchStack.AppHost;

/// <summary>The command line. Each option is configuration too: section <c>LaunchStack</c>.</summary>
internal static class LaunchOptions
{
    public const string State = "LaunchStack:State";
    public const string Containers = "LaunchStack:Containers";
    public const string DemoOriginal = "LaunchStack:DemoOriginal";

    private const string Help =
        """
        Brings the whole system up and keeps it up until Ctrl+C.

        Options (behind -- with aspire and dotnet run):
          --state DIR       where database, broker, the agent's unsent samples and generated keys are kept (default .launchstack)
          --containers      database and broker as containers (Docker or Podman) instead of the embedded and the installed one
          --demo-original   a small original database beside it, to see a migration
          --help            this text

        Environment:
          ConnectionStrings__launchstack   a TimescaleDB to use instead
          ConnectionStrings__messaging     a RabbitMQ to use instead (amqp://...)
          ConnectionStrings__original      the original PostgreSQL database to migrate from
          Parameters__admin-key            the key for everything (generated and kept by default)

        A second system beside this one: aspire start --isolated -- --state DIR
        """;

    /// <exception cref="DistributedApplicationException">An unknown option, or one without its value.</exception>
    public static DistributedApplicationOptions ForAspire(string[] args)
    {
        // aspire publish and its kin bring options of Aspire's own.
        var publishes = args.Any(arg => arg is "--operation" or "--publisher");
        return new()
        {
            Args = publishes ? args : [.. Translate(args)],
            AllowUnsecuredTransport = true,
            TrustDeveloperCertificate = false,
        };
    }

    private static IEnumerable<string> Translate(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            switch (name)
            {
                case "--help":
                    Console.WriteLine(Help);
                    Environment.Exit(0);
                    break;
                case "--state":
                    value ??= ++i < args.Length ? args[i] : throw new DistributedApplicationException("--state needs a directory. Try --help.");
                    yield return $"--{State}={Path.GetFullPath(value)}";
                    break;
                case "--containers":
                    yield return $"--{Containers}={value ?? "true"}";
                    break;
                case "--demo-original":
                    yield return $"--{DemoOriginal}={value ?? "true"}";
                    break;
                default:
                    // What has a value is configuration, of Aspire's or of the test host's.
                    yield return value is not null || !name.StartsWith('-') ? args[i] : throw new DistributedApplicationException($"Unknown option '{name}'. Try --help.");
                    break;
            }
        }
    }
}
