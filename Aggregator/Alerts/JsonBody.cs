using System.Text.Json;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>
/// A body of JSON, or the 400 that names the member at fault: the framework's own answer says only that it could not be read.
/// </summary>
/// <param name="Value">The body; null together with a problem only.</param>
/// <param name="Problem">What is wrong with it.</param>
internal sealed record JsonBody<T>(T? Value, ProblemHttpResult? Problem) : IEndpointParameterMetadataProvider
    where T : class
{
    // Rules and routes are small; what is larger is a mistake or worse.
    private const int MaxBytes = 64 * 1024;

    /// <summary>Called by the framework for a parameter of this type.</summary>
    public static async ValueTask<JsonBody<T>> BindAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
            return new(null, TypedResults.Problem("Send JSON, with the content type application/json.", statusCode: StatusCodes.Status415UnsupportedMediaType));
        if (http.Request.ContentLength > MaxBytes)
            return new(null, TypedResults.Problem($"The body is larger than {MaxBytes} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge));
        if (http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBytes;
        try
        {
            return await http.Request.ReadFromJsonAsync<T>(http.RequestAborted) is { } value
                ? new(value, null)
                : new(null, ParameterProblem.Of("body", "Give an object."));
        }
        catch (JsonException e)
        {
            var path = e.Path?.TrimStart('$', '.') is { Length: > 0 } member ? member : "body";
            return new(null, ParameterProblem.Of(path, "It is not known here, or its value is not of the kind that belongs there."));
        }
        catch (BadHttpRequestException e)
        {
            return new(null, TypedResults.Problem(e.Message, statusCode: e.StatusCode));
        }
    }

    /// <summary>Describes the body in OpenAPI.</summary>
    public static void PopulateMetadata(System.Reflection.ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
}
