using LaunchStack.Hosting.Services;

namespace LaunchStack.Hosting.Tests;

public sealed class BuiltProjectTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("projects");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_project_is_started_by_its_executable_if_it_has_been_built(bool isBuilt)
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var executable = Path.Combine(_directory.FullName, "bin", output.Parent!.Name, output.Name, "Some.Service" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        if (isBuilt)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(executable)!);
            await File.WriteAllTextAsync(executable, "", TestContext.Current.CancellationToken);
        }

        var found = BuiltProjectExtensions.Built(Path.Combine(_directory.FullName, "Some.Service.csproj"));

        Assert.Equal(isBuilt ? (executable, _directory.FullName) : (null, null), (found?.Command, found?.WorkingDirectory));
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
