using LaunchStack.Web.Clients;
using Microsoft.AspNetCore.Antiforgery;

namespace LaunchStack.Web.Layout;

/// <summary>What a page says of an error: its cause, and what to do.</summary>
/// <param name="Status">HTTP status of the page.</param>
/// <param name="Title">What is wrong.</param>
/// <param name="Cause">Why.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Command">The command that does it.</param>
internal sealed record ErrorText(int Status, string Title, string Cause, string Remedy, string? Command = null)
{
    /// <summary>Of what was thrown; null: nothing was, the status alone says it.</summary>
    public static ErrorText Of(Exception? exception, int status) => exception switch
    {
        ApiException e => Of(e),
        BadHttpRequestException { InnerException: AntiforgeryValidationException } or AntiforgeryValidationException => new(
            400, "This form is too old", "It was opened before you signed in, or by another page.", "Go back, load the page again and send the form once more."),
        BadHttpRequestException e => new(400, "That request does not read as expected", e.Message, "Change the address, and try again."),
        null => status switch
        {
            400 => new(400, "That request does not read as expected", "A form or an address is incomplete.", "Go back and try again."),
            403 => Forbidden(null),
            404 => new(404, "There is nothing here", "No page has this address.", "Go to the instances and from there on."),
            405 => new(405, "This address only takes a form", "It was opened as a page.", "Go to the instances and from there on."),
            _ => new(status, "This did not work", $"The answer has the status {status}.", "Go back and try again."),
        },
        _ => new(500, "This page has failed", "It is an error of ours, and it is in the log.", "Try again; the log says more.", "aspire logs web"),
    };

    private static ErrorText Of(ApiException e) => e.Status switch
    {
        null => new(
            503, $"The service {e.Service} does not answer", e.Detail ?? "There is no connection.",
            "It is stopped or still starting. See what it is doing, or start it, then load this page again.", $"aspire resource {e.Service} start"),
        403 => Forbidden(e.Detail),
        404 => new(404, "That does not exist", e.Detail ?? "It is unknown, or was deleted.", "Look for it in the list of instances."),
        429 or 503 => new(
            503, $"The service {e.Service} cannot answer now", e.Detail ?? "It is busy, or its database is away.",
            "Load this page again in a few seconds. Its health says what is missing.", "aspire describe"),
        >= 400 and < 500 => new(400, "That cannot be done", e.Detail ?? $"The service {e.Service} refused it.", "Change what was given, and try again."),
        _ => new(502, $"The service {e.Service} has failed", e.Detail ?? $"It answered {e.Status}.", "Its log says more.", $"aspire logs {e.Service}"),
    };

    private static ErrorText Forbidden(string? detail) => new(
        403, "The key may not see this", detail ?? "These pages need a key with the scope admin.", "Sign out, and sign in with a key that may.");
}
