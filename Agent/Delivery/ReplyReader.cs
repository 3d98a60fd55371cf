using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LaunchStack.Agent.Delivery;

/// <summary>
/// Sorts answers. Any proxy on the way may answer in Ingest.Api's place, so an answer counts for what it accounts for and no more:
/// without a receipt that adds up nothing was taken, and without a problem document nothing was refused.
/// </summary>
internal static class ReplyReader
{
    private const string ProblemMediaType = "application/problem+json";

    /// <summary>The answer to a post of <paramref name="sent"/> samples.</summary>
    public static IngestAnswer OfPost(IngestReply reply, int sent)
    {
        var receipt = Read(reply.Body, IngestJson.Default.UsageReceipt);
        var isSuccess = reply.Status is >= 200 and < 300;
        // Where every sample was rejected the receipt stands in a problem: an outcome, not a faulty request.
        if (isSuccess || (reply.Status is 400 or 422 && receipt?.Rejected is not null))
        {
            return receipt?.AccountsFor(sent) == true
                ? new IngestAnswer.Taken(receipt)
                : new IngestAnswer.Misconfigured($"{reply.Status} without a receipt for the {sent} samples sent: is Agent:Endpoint Ingest.Api?");
        }

        // A proxy's limit on sizes knows no problem documents; smaller requests get through it.
        return reply.Status == 413 && sent > 1 ? new IngestAnswer.Refused(413, Reason(reply)) : OfFailure(reply);
    }

    /// <summary>The answer to a registration.</summary>
    public static IngestAnswer OfRegistration(IngestReply reply) =>
        reply.Status is >= 200 and < 300 ? new IngestAnswer.Taken(UsageReceipt.Empty) : OfFailure(reply);

    private static IngestAnswer OfFailure(IngestReply reply)
    {
        var reason = Reason(reply);
        return reply.Status switch
        {
            400 or 409 or 413 or 422 when Problem(reply) is not null => new IngestAnswer.Refused(reply.Status, reason),
            403 => new IngestAnswer.Forbidden(reason, reply.RetryAfter),
            408 or 425 or 429 or >= 500 => new IngestAnswer.Unavailable(reason, reply.RetryAfter),
            _ => new IngestAnswer.Misconfigured(reason, reply.RetryAfter),
        };
    }

    private static string Reason(IngestReply reply)
    {
        var problem = Problem(reply);
        var text = string.Join(": ", new[] { problem?.Title, problem?.Detail }.Where(part => !string.IsNullOrWhiteSpace(part)));
        return text.Length == 0 ? $"{reply.Status}" : $"{reply.Status} {AnswerText.OneLine(text)}";
    }

    /// <summary>The problem document (RFC 9457) in the answer; null if there is none that says anything.</summary>
    private static IngestProblem? Problem(IngestReply reply) =>
        string.Equals(reply.MediaType, ProblemMediaType, StringComparison.OrdinalIgnoreCase)
        && Read(reply.Body, IngestJson.Default.IngestProblem) is { } problem
        && (problem.Title ?? problem.Detail) is not null
        && (problem.Status ?? reply.Status) == reply.Status
            ? problem
            : null;

    private static T? Read<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.StartsWith(Encoding.UTF8.Preamble))
            body = body[Encoding.UTF8.Preamble.Length..];
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
