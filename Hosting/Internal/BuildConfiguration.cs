using System.Reflection;

namespace Aspire.Hosting.Internal;

/// <summary>Debug or Release: the projects are started from the same build as the AppHost.</summary>
internal static class BuildConfiguration
{
    public static string Of(Assembly? appHost) =>
        appHost?.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration is { Length: > 0 } configuration ? configuration : "Debug";
}
