using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A fact about a resource.</summary>
public interface IResourceAnnotation;

/// <summary>The facts about one resource, in the order in which they were said.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;
