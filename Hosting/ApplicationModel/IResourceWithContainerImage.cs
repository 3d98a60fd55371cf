namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource that is a container under Aspire. The local engine starts a process instead and takes image and volume as hints.</summary>
public interface IResourceWithContainerImage : IResource;
