using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>A 400 that names the query parameter at fault.</summary>
public static class ParameterProblem
{
    /// <summary>The 400.</summary>
    public static ProblemHttpResult Of(string parameter, string detail) => TypedResults.Problem(
        detail,
        statusCode: StatusCodes.Status400BadRequest,
        title: $"The parameter '{parameter}' is not valid.",
        extensions: new Dictionary<string, object?> { ["parameter"] = parameter });
}
