using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace LaunchStack.Hosting.Services;

/// <summary>How projects are started.</summary>
public static class BuiltProjectExtensions
{
    /// <summary>
    /// Starts each project by the executable that the app host's build has made of it. Aspire's <c>dotnet run</c> evaluates the project
    /// before: more than a second of processor time each, all at once. Where there is no such executable, under a debugger and under
    /// <c>dotnet watch</c>, Aspire's way is left. What they run often is optimized only when the start is over: by the runtime's own delay, of
    /// 100 ms, that took a quarter of a start's processor time, while everything waits for a processor.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static IDistributedApplicationBuilder StartBuiltProjects(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Configuration["DEBUG_SESSION_PORT"] is not null || builder.Configuration.GetValue<bool>("DOTNET_WATCH"))
            return builder;
        builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            foreach (var project in start.Model.GetProjectResources())
            {
                if (Built(project.GetProjectMetadata().ProjectPath) is { } executable)
                    project.Annotations.Add(executable);
                project.Annotations.Add(new EnvironmentCallbackAnnotation("DOTNET_TC_CallCountingDelayMs", () => "1000"));
            }
            return Task.CompletedTask;
        });
        return builder;
    }

    /// <summary>The executable of a project; null: there is none.</summary>
    internal static ExecutableAnnotation? Built(string project)
    {
        // All are built with the app host, so into the like folder: configuration and framework.
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var directory = Path.GetDirectoryName(project)!;
        var name = Path.GetFileNameWithoutExtension(project) + (OperatingSystem.IsWindows() ? ".exe" : "");
        var executable = Path.Combine(directory, "bin", output.Parent!.Name, output.Name, name);
        return File.Exists(executable) ? new() { Command = executable, WorkingDirectory = directory } : null;
    }
}
