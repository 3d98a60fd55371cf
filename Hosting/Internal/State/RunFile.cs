using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Internal.State;

/// <summary><c>run.json</c>: what runs, for scripts and tests. There while the system runs, gone when it stops.</summary>
internal sealed class RunFile(string path)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly Lock _lock = new();

    public void Write(bool ready, IEnumerable<ResourceEvent> resources)
    {
        var run = new
        {
            pid = System.Environment.ProcessId,
            ready,
            resources = resources.Select(r => new
            {
                name = r.ResourceId,
                type = r.Snapshot.ResourceType,
                state = r.Snapshot.State,
                reason = r.Snapshot.Reason,
                pid = r.Snapshot.Pid,
                restarts = r.Snapshot.Restarts,
                exitCode = r.Snapshot.ExitCode,
                urls = r.Snapshot.Urls,
            }),
        };
        lock (_lock)
        {
            // Readers see the old file or the new one, never half of one.
            var next = path + ".next";
            File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(run, Options));
            File.Move(next, path, overwrite: true);
        }
    }

    public void Delete()
    {
        lock (_lock)
            File.Delete(path);
    }
}
