using System.Diagnostics;

namespace LaunchStack.Agent.Tests.Support;

/// <summary>A file system of a given size, in memory. Mounting one needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _mount = new();

    private SmallDisk()
    {
    }

    public static SmallDisk OrSkip(int bytes)
    {
        var disk = new SmallDisk();
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", disk._mount.Path), "a tmpfs cannot be mounted here");
        return disk;
    }

    public string File(string name) => _mount.File(name);

    /// <summary>Takes all the room there is, with a file that can be deleted.</summary>
    public string Fill()
    {
        var path = _mount.File($"filled-{Guid.NewGuid():N}");
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
                file.Write(new byte[512]);
        }
        catch (IOException)
        {
            return path;
        }
    }

    public void Dispose()
    {
        Run("umount", _mount.Path);
        _mount.Dispose();
    }

    private static bool Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
