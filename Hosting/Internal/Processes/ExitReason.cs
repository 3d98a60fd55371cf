namespace Aspire.Hosting.Internal.Processes;

/// <summary>Says in words how a process ended.</summary>
internal static class ExitReason
{
    public static string Of(int exitCode, string? lastWords)
    {
        var how = exitCode switch
        {
            137 => "killed (signal 9)",
            143 => "terminated (signal 15)",
            > 128 and < 160 => $"ended by signal {exitCode - 128}",
            _ => $"exited with code {exitCode}",
        };
        return lastWords is null ? how : $"{how}: {lastWords}";
    }
}
