using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>What a protocol answers to a request of series that has no form of its own for it: 204, or 400 where some were not kept; the others were.</summary>
internal static class ProtocolAnswer
{
    /// <param name="outcome">What became of the request.</param>
    /// <param name="what">What was refused, behind its number.</param>
    /// <param name="error">The protocol's form of an error.</param>
    public static IResult Of(SeriesOutcome outcome, string what, Func<int, string, IResult> error) => outcome.Refused == 0
        ? TypedResults.NoContent()
        : error(StatusCodes.Status400BadRequest, $"{outcome.Refused} {what} were not kept: {string.Join(' ', outcome.Refusals)}");
}
