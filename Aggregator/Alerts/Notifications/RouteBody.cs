using System.Text.Json.Serialization;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>A route as it is sent.</summary>
/// <param name="Name">Shown to people.</param>
/// <param name="Kind"><c>webhook</c> or <c>email</c>.</param>
/// <param name="Severities">Alerts of these are told; all unless given.</param>
/// <param name="UserId">Only alerts of this user's instances.</param>
/// <param name="Url">Of a webhook. Answers show its host only; absent from a PUT it is kept.</param>
/// <param name="Secret">Of a webhook: <c>whsec_</c> and 24 to 64 bytes in base64. Never answered; absent from a PUT it is kept.</param>
/// <param name="To">Of mails: the addresses.</param>
/// <param name="Enabled">True unless given.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RouteBody(
    string? Name, string? Kind, IReadOnlyList<string>? Severities, Guid? UserId, string? Url, string? Secret, IReadOnlyList<string>? To, bool? Enabled)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind} route";
}
