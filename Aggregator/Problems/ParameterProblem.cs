using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Problems;

/// <summary>A 400 that names the query parameter at fault.</summary>
internal static class ParameterProblem
{
    public static ProblemHttpResult Of(string parameter, string detail) => TypedResults.Problem(
        detail,
        statusCode: StatusCodes.Status400BadRequest,
        title: $"The parameter '{parameter}' is not valid.",
        extensions: new Dictionary<string, object?> { ["parameter"] = parameter });
}
