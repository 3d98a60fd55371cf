namespace Aspire.Hosting.Internal.State;

/// <summary>The command line of an AppHost under the local engine.</summary>
internal sealed record EngineOptions
{
    public const string Help =
        """
        Brings the whole application up and keeps it up until Ctrl+C.

        Options:
          --ports dynamic   free ports instead of the default ones, so that several systems run side by side
          --state DIR       where database, broker, logs and generated parameters are kept (default .launchstack)
          --demo-original   a small original database beside it, to see a migration; needs PostgreSQL on this machine
          --no-dashboard    without the dashboard; telemetry then goes where OTEL_EXPORTER_OTLP_ENDPOINT points
          --help            this text

        Environment:
          ConnectionStrings__launchstack   a TimescaleDB to use instead of the embedded one
          ConnectionStrings__messaging     a RabbitMQ to use instead of the local one (amqp://...)
          ConnectionStrings__original      the original PostgreSQL database to migrate from
          Parameters__admin-key            the key for Ingest.Api and Aggregator (generated and kept by default)

        While it runs, run.json in the state directory tells process ids, states and addresses; logs/ has what each resource prints.
        """;

    public bool ShowHelp { get; init; }

    public bool NoDashboard { get; init; }

    public bool DynamicPorts { get; init; }

    public string? StateDirectory { get; init; }

    /// <exception cref="DistributedApplicationException">An unknown option or value.</exception>
    public static EngineOptions Parse(string[] args)
    {
        var options = new EngineOptions();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new DistributedApplicationException($"{args[i - 1]} needs a value. Try --help.");
            options = args[i] switch
            {
                "--help" or "-h" => options with { ShowHelp = true },
                "--no-dashboard" => options with { NoDashboard = true },
                "--ports" => Value() is "dynamic"
                    ? options with { DynamicPorts = true }
                    : throw new DistributedApplicationException($"--ports {args[i]}: only 'dynamic' is known. Try --help."),
                // The application model's own: Program.cs looks for it.
                "--demo-original" => options,
                "--state" => options with { StateDirectory = Path.GetFullPath(Value()) },
                var other => throw new DistributedApplicationException($"Unknown option '{other}'. Try --help."),
            };
        }
        return options;
    }
}
