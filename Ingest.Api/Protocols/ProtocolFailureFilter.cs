using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>Answers refusals in the protocol's own form instead of problem+json, which its clients do not read.</summary>
internal sealed class ProtocolFailureFilter(Func<HttpContext, RequestFailure, IResult> answer) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context);
        }
        catch (Exception exception) when (!http.RequestAborted.IsCancellationRequested && RequestFailure.Of(exception, http) is { } failure)
        {
            failure.SetRetryAfter(http.Response);
            return answer(http, failure);
        }
    }
}
