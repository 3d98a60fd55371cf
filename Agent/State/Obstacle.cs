namespace LaunchStack.Agent.State;

/// <summary>What lies in the state directory where a file of the agent's belongs, and cannot be used: a directory, a pipe, garbage.</summary>
internal static class Obstacle
{
    public const string Suffix = ".corrupt";
    private const int MaxKept = 100;

    /// <summary>Renames it, so that nothing of it is lost and the agent goes on.</summary>
    /// <returns>Its new path; null if it cannot be renamed either.</returns>
    public static string? TryMove(string path)
    {
        for (var number = 0; number < MaxKept; number++)
        {
            var target = number == 0 ? path + Suffix : $"{path}{Suffix}.{number}";
            if (Path.Exists(target))
                continue;
            try
            {
                if (Directory.Exists(path))
                    Directory.Move(path, target);
                else
                    File.Move(path, target);
                return target;
            }
            catch (Exception failure) when (DiskFailure.Is(failure))
            {
                return null;
            }
        }

        return null;
    }
}
