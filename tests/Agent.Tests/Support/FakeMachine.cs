using System.Globalization;

namespace LaunchStack.Agent.Tests.Support;

/// <summary>Copies of /proc and /sys as the kernel makes them.</summary>
internal sealed class FakeMachine : IDisposable
{
    public const string PhysicalDevice = "device/driver";

    private readonly TemporaryDirectory _root = new();
    private readonly Dictionary<string, (long In, long Out)> _devices = [];
    private int _index;

    public string Root => _root.Path;

    public void Put(string path, string text)
    {
        var file = _root.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Boot(string id) => Put("proc/sys/kernel/random/boot_id", id + "\n");

    /// <summary>Adds a device.</summary>
    /// <param name="kind">Its DEVTYPE.</param>
    /// <param name="type">Its ARPHRD type; 1 is Ethernet.</param>
    /// <param name="link">Its iflink; its own index unless given.</param>
    /// <param name="files">Further files, or links as <c>name->target</c>.</param>
    public FakeMachine Device(string name, long received = 0, long sent = 0, string? kind = null, int type = 1, int? link = null, params string[] files)
    {
        var at = $"sys/class/net/{name}";
        var index = ++_index;
        Put($"{at}/ifindex", $"{index}\n");
        Put($"{at}/iflink", $"{link ?? index}\n");
        Put($"{at}/type", $"{type}\n");
        Put($"{at}/uevent", $"{(kind is null ? "" : $"DEVTYPE={kind}\n")}INTERFACE={name}\nIFINDEX={index}\n");
        foreach (var file in files)
        {
            if (file.Split("->") is [var from, var target])
                File.CreateSymbolicLink(_root.File($"{at}/{from}"), target);
            else
                Put($"{at}/{file.Split('=')[0]}", file.Contains('=', StringComparison.Ordinal) ? file.Split('=')[1] + "\n" : "");
        }

        return Count(name, received, sent);
    }

    /// <summary>What /proc/net/dev says of a device, whether /sys knows it or not.</summary>
    public FakeMachine Count(string name, long received, long sent)
    {
        _devices[name] = (received, sent);
        WriteNetDev();
        return this;
    }

    public void Remove(string name)
    {
        _devices.Remove(name);
        var directory = _root.File($"sys/class/net/{name}");
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        WriteNetDev();
    }

    public void Dispose() => _root.Dispose();

    private void WriteNetDev() => Put(
        "proc/net/dev",
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed

        """
        + string.Concat(_devices.Select(device => string.Create(
            CultureInfo.InvariantCulture,
            $"{device.Key,6}: {device.Value.In} 1 0 0 0 0 0 0 {device.Value.Out} 1 0 0 0 0 0 0\n"))));
}
