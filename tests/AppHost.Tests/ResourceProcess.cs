using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;

namespace LaunchStack.AppHost.Tests;

internal static class ResourceProcess
{
    /// <summary>The process of a healthy resource; where DCP starts a script, its child.</summary>
    public static async Task<Process> ProcessOfAsync(this DistributedApplication app, string resource, CancellationToken cancellationToken)
    {
        var running = await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken);
        var pid = Convert.ToInt32(running.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value, CultureInfo.InvariantCulture);
        var children = await File.ReadAllTextAsync($"/proc/{pid}/task/{pid}/children", cancellationToken);
        return Process.GetProcessById(int.TryParse(children.Split(' ')[0], out var child) ? child : pid);
    }
}
