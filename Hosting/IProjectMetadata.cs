using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Where a project lies. The classes in <c>Projects</c> are generated from the AppHost's project references.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>Path of the project file.</summary>
    string ProjectPath { get; }
}
