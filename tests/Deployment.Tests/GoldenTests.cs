namespace LaunchStack.Deployment.Tests;

/// <summary><c>deploy/</c> is what the app model says today.</summary>
public sealed class GoldenTests(PublishedFixture published)
{
    private static readonly string Golden = Path.Combine(RepositoryRoot.Path, "deploy");

    [Fact]
    public void The_files_under_deploy_are_the_published_ones()
    {
        Assert.Equal(Files(Golden), Files(published.Directory));
        foreach (var file in Files(Golden))
        {
            var expected = File.ReadAllText(Path.Combine(Golden, file));
            Assert.True(expected == published.Read(file), $"deploy/{file} is not what is published. Write it anew: dotnet aspire publish --apphost AppHost/AppHost.csproj -o deploy\n{published.Read(file)}");
        }
    }

    private static IEnumerable<string> Files(string directory) => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(directory, file)).Order(StringComparer.Ordinal);
}
