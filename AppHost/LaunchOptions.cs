namespace LaunchStack.AppHost;

/// <summary>The command line, which <c>run.sh --help</c> explains. Each option is configuration too: section <c>LaunchStack</c>.</summary>
internal static class LaunchOptions
{
    public const string State = "LaunchStack:State";
    public const string Containers = "LaunchStack:Containers";
    public const string DemoOriginal = "LaunchStack:DemoOriginal";

    /// <exception cref="DistributedApplicationException">An unknown option, or one without its value.</exception>
    public static DistributedApplicationOptions ForAspire(string[] args)
    {
        // aspire publish and its kin bring options of Aspire's own.
        var publishes = args.Any(arg => arg is "--operation" or "--publisher");
        return new()
        {
            Args = publishes ? args : [.. Translate([.. args.SelectMany(arg => arg.StartsWith("--state=", StringComparison.Ordinal) ? arg.Split('=', 2) : [arg])])],
            AllowUnsecuredTransport = true,
            TrustDeveloperCertificate = false,
        };
    }

    private static IEnumerable<string> Translate(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            yield return args[i] switch
            {
                "--state" => $"--{State}={Path.GetFullPath(++i < args.Length ? args[i] : throw Refuse("--state needs a directory."))}",
                "--containers" or "--containers=true" => $"--{Containers}=true",
                "--demo-original" or "--demo-original=true" => $"--{DemoOriginal}=true",
                // What has a value is configuration, of Aspire's or of the test host's.
                var other when other.Contains('=', StringComparison.Ordinal) || !other.StartsWith('-') => other,
                var unknown => throw Refuse($"Unknown option '{unknown}'."),
            };
        }
    }

    private static DistributedApplicationException Refuse(string reason) => new($"{reason} Try ./run.sh --help.");
}
