namespace LaunchStack.Deployment;

/// <summary>A file to be written.</summary>
/// <param name="Name">Beneath the publisher's directory.</param>
/// <param name="Text">What is in it.</param>
/// <param name="IsPrivate">Whether only its owner may read it.</param>
internal sealed record PublishedFile(string Name, string Text, bool IsPrivate = false)
{
    public async Task WriteAsync(string directory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, Name);
        await File.WriteAllTextAsync(path, Text, cancellationToken);
        if (IsPrivate && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
