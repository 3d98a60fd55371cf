using System.Runtime.CompilerServices;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Reading;

/// <summary>Reads ids of a path or a query; a refusal names the parameter as the endpoint does.</summary>
internal static class Parameters
{
    /// <summary>An id, which <paramref name="what"/> describes.</summary>
    /// <exception cref="ParameterException">It is none.</exception>
    public static Guid Id(string text, string what, [CallerArgumentExpression(nameof(text))] string name = "") =>
        Guid.TryParse(text, out var id) ? id : throw new ParameterException(name, $"Give {what}, a UUID.");

    /// <summary>As <see cref="Id"/>; null where it was not given.</summary>
    public static Guid? IdOrNull(string? text, string what, [CallerArgumentExpression(nameof(text))] string name = "") =>
        text is null ? null : Id(text, what, name);
}
