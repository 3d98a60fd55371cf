namespace LaunchStack.Agent.CommandLine;

internal static class AgentHelp
{
    public const string Text =
        """
        LaunchStack agent: samples this machine and sends what it uses to Ingest.Api.

        Usage: dotnet run --project Agent -- [options]

          --endpoint URL          Ingest.Api's base address (default: http://ingest-api, by service discovery)
          --key-file FILE         file with the bearer key; or set Auth__Key in the environment
          --interval TIME         between two samples, hours:minutes:seconds (default: 00:00:10)
          --simulate N            so many simulated instances beside the machine (default: 0)
          --seed N                what the simulated instances are made from (default: 1)
          --machine true|false    whether the machine itself is sampled (default: true)
          --name NAME             what the machine is registered as (default: its host name)
          --instance-id UUID      the machine's identity (default: made once and kept)
          --state-directory DIR   identity, unsent samples and dead letters
                                  (default: $XDG_STATE_HOME/launchstack-agent, ~/.local/state/launchstack-agent)
          --disk-path PATH        a path on the file system to report (default: /)
          --cgroup-path DIR       cgroup v2 directory to read (default: this container's, else /proc)
          --help                  this text

        Every configuration key can be given too, as --Agent:Spool:MaxBytes=1048576
        or in the environment as Agent__Spool__MaxBytes. docs/agent.md lists them.

        Samples are on disk before they are sent. While Ingest.Api is away they wait there and go out
        in order when it is back; when the spool is full the oldest are dropped, with a warning.

        Exit code: 0 stopped, 1 cannot start or failed, 2 command line not understood.
        """;
}
