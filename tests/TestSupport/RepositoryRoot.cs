namespace LaunchStack.TestSupport;

/// <summary>Where the sources are: tests start the real gateway from there.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder that holds <c>LaunchStack.Aspire.sln</c>.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "LaunchStack.Aspire.sln")))
                return directory.FullName;
        }
        throw new InvalidOperationException($"No LaunchStack.Aspire.sln above {AppContext.BaseDirectory}: run the tests from inside the repository.");
    }
}
