using System.Text.Json;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.Metadata;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>A body of JSON. The refusal of one that cannot be read names the member at fault.</summary>
/// <param name="Value">The body.</param>
internal sealed record JsonBody<T>(T Value) : IEndpointParameterMetadataProvider
    where T : class
{
    // Rules and routes are small; what is larger is a mistake or worse.
    private const int MaxBytes = 64 * 1024;

    /// <summary>Called by the framework for a parameter of this type.</summary>
    public static async ValueTask<JsonBody<T>> BindAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Send JSON, with the content type application/json.");
        if (http.Request.ContentLength > MaxBytes)
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {MaxBytes} bytes.");
        if (http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBytes;
        try
        {
            return new(await http.Request.ReadFromJsonAsync<T>(http.RequestAborted) ?? throw new ParameterException("body", "Give an object."));
        }
        catch (JsonException e)
        {
            throw new ParameterException(
                e.Path?.TrimStart('$', '.') is { Length: > 0 } member ? member : "body", "It is not known here, or its value is not of the kind that belongs there.");
        }
    }

    /// <summary>Describes the body in OpenAPI.</summary>
    public static void PopulateMetadata(System.Reflection.ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
}
