using Microsoft.AspNetCore.Http;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>A parameter of the path or the query, or a member of the body, is at fault: a 400 that names it.</summary>
public sealed class ParameterException : RequestException
{
    /// <summary>With its name and what to give instead.</summary>
    public ParameterException(string parameter, string detail)
        : base(StatusCodes.Status400BadRequest, detail)
    {
        Title = $"The parameter '{parameter}' is not valid.";
        Extensions["parameter"] = Parameter = parameter;
    }

    /// <summary>Its name.</summary>
    public string Parameter { get; }
}
