using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Internal.Environment;

/// <summary>The first project profile of <c>Properties/launchSettings.json</c>.</summary>
internal sealed record LaunchProfile(string Name, IReadOnlyList<Uri> Urls, IReadOnlyDictionary<string, string> Variables) : IResourceAnnotation
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static LaunchProfile? Read(string projectPath)
    {
        var file = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(file))
            return null;
        using var document = JsonDocument.Parse(File.ReadAllBytes(file), Lenient);
        foreach (var profile in document.RootElement.GetProperty("profiles").EnumerateObject())
        {
            if (!profile.Value.TryGetProperty("commandName", out var command) || command.GetString() != "Project")
                continue;
            var urls = profile.Value.TryGetProperty("applicationUrl", out var url)
                ? url.GetString()!.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(u => new Uri(u)).ToArray()
                : [];
            var variables = profile.Value.TryGetProperty("environmentVariables", out var map)
                ? map.EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetString()!)
                : [];
            return new(profile.Name, urls, variables);
        }
        return null;
    }
}
