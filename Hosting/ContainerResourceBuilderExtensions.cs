using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What a container needs under Aspire. The local engine has none, but tells by the image what is meant.</summary>
public static class ContainerResourceBuilderExtensions
{
    /// <summary>The image that Aspire runs.</summary>
    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null)
        where T : IResourceWithContainerImage
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(new ImageAnnotation(image));
        return builder;
    }

    /// <summary>The tag of the image that Aspire runs.</summary>
    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag)
        where T : IResourceWithContainerImage => builder;
}
