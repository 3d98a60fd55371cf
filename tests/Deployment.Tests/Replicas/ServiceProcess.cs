using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Reflection;

namespace LaunchStack.Deployment.Tests.Replicas;

/// <summary>One replica of a service: a process of its own, started with an environment as a container is.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    // A first start beside three others on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ChildProcess _guard;
    private readonly int _id;

    private ServiceProcess(ChildProcess guard, int id, Uri address, string key)
    {
        _guard = guard;
        _id = id;
        Client = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>With the admin key.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts <paramref name="project"/> and waits until it is ready.</summary>
    public static async Task<ServiceProcess> StartAsync(string project, string key, IReadOnlyDictionary<string, string> environment)
    {
        var configuration = typeof(ServiceProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var assembly = Path.Combine(RepositoryRoot.Path, project, "bin", configuration, "net10.0", $"{project}.dll");
        var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        var guard = ChildProcess.StartGuarded(
            project, $"dotnet '{assembly}' & echo \"process $!\"",
            new Dictionary<string, string>(environment) { ["ASPNETCORE_URLS"] = address.OriginalString, ["Auth__AdminKey"] = key });
        var line = await guard.WaitForLineAsync("process ");
        var service = new ServiceProcess(guard, int.Parse(line["process ".Length..], CultureInfo.InvariantCulture), address, key);
        await Wait.UntilAsync(service.IsReadyAsync, $"{project} is ready; it printed:\n{guard.Output}", Patience);
        return service;
    }

    public bool IsKilled { get; private set; }

    /// <summary>Kills it as a power cut would.</summary>
    public void Kill()
    {
        // Its end is not awaited: the shell that started it leaves it a zombie, which looks alive from here.
        using var process = Process.GetProcessById(_id);
        process.Kill();
        IsKilled = true;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _guard.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/health");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
