namespace LaunchStack.Web.Instances;

/// <summary>How a liveness is shown.</summary>
internal static class Liveness
{
    /// <summary>How it is coloured.</summary>
    public static string Tone(string liveness) => liveness switch
    {
        "running" or "active" => "good",
        "silent" or "failed" or "error" => "bad",
        _ => "quiet",
    };
}
