using Microsoft.AspNetCore.Http;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>How an endpoint says that it refuses a request, where its clients do not read problem+json.</summary>
/// <param name="Answer">The answer.</param>
public sealed record FailureForm(Func<HttpContext, RequestFailure, IResult> Answer);
