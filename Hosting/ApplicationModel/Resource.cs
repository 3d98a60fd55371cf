using System.Text.RegularExpressions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A named resource with its annotations.</summary>
public abstract partial class Resource : IResource
{
    /// <exception cref="ArgumentException">The name is not of ASCII letters, digits and hyphens.</exception>
    protected Resource(string name)
    {
        if (!ValidName().IsMatch(name))
            throw new ArgumentException(
                $"Resource name '{name}' is invalid: it starts with a letter and has ASCII letters, digits and single hyphens only.", nameof(name));
        Name = name;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public ResourceAnnotationCollection Annotations { get; } = [];

    [GeneratedRegex("^[A-Za-z](?:-?[A-Za-z0-9])*$")]
    private static partial Regex ValidName();
}
