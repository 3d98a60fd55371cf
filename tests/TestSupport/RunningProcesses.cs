namespace LaunchStack.TestSupport;

/// <summary>The machine's processes.</summary>
public static class RunningProcesses
{
    /// <summary>
    /// Command lines of the processes, by id, that mention <paramref name="text"/> in their command line or environment: a system's, by its
    /// state directory or the address of its dashboard, in whatever session and under whatever parent they run.
    /// </summary>
    public static IReadOnlyDictionary<int, string> Mentioning(string text)
    {
        var found = new Dictionary<int, string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId)
                continue;
            var command = Read($"{directory}/cmdline");
            if (command.Contains(text, StringComparison.Ordinal) || Read($"{directory}/environ").Contains(text, StringComparison.Ordinal))
                found[pid] = command.Replace('\0', ' ').Trim();
        }
        return found;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
