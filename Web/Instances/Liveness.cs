namespace LaunchStack.Web.Instances;

/// <summary>What state an instance is in, in a word.</summary>
internal static class Liveness
{
    // Several times any agent's interval; last_seen_at is kept to the minute.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(3);

    /// <summary><c>running</c>, <c>silent</c>, <c>new</c> (no sample yet), or as it was registered: <c>stopped</c> and the like.</summary>
    public static string Of(InstanceRow instance, DateTimeOffset now) => instance switch
    {
        { State: { } state } => state,
        { Status: { } status } when !status.Equals("running", StringComparison.OrdinalIgnoreCase) && !status.Equals("active", StringComparison.OrdinalIgnoreCase) => status,
        { LastAt: null } => "new",
        { LastAt: { } at } => now - at <= Quiet ? "running" : "silent",
    };

    /// <summary>How a state is coloured.</summary>
    public static string Tone(string state) => state switch
    {
        "running" or "active" => "good",
        "silent" or "failed" or "error" => "bad",
        _ => "quiet",
    };
}
