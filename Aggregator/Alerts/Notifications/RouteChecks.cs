using System.Net;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.ServiceDefaults.Problems;
using MimeKit;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Checks a route as it was sent.</summary>
internal static class RouteChecks
{
    private const int MaxNameLength = 200;
    private const int MaxUrlLength = 2000;
    private const int MaxAddresses = 50;

    /// <summary>The route.</summary>
    /// <param name="body">As it was sent.</param>
    /// <param name="id">Its id.</param>
    /// <param name="before">The route that it replaces: its URL and its secret are kept when none is sent.</param>
    /// <param name="options">Whether there is a mail server, and where webhooks may go.</param>
    /// <exception cref="ParameterException">It is refused.</exception>
    public static NotificationRoute Of(RouteBody body, Guid id, NotificationRoute? before, NotificationOptions options)
    {
        if (body.Name?.Trim() is not { Length: > 0 and <= MaxNameLength } name || name.Any(char.IsControl))
            throw new ParameterException("name", $"Give 1 to {MaxNameLength} characters, without control characters.");
        if (!WireNames.TryParse<RouteKind>(body.Kind, out var kind) || kind == RouteKind.Log)
            throw new ParameterException("kind", "Give webhook or email; the route of kind log is always there.");
        if (before is not null && before.Kind != kind)
            throw new ParameterException("kind", $"This route is of kind {WireNames.Of(before.Kind)}: make another one.");
        var severities = new List<AlertSeverity>();
        foreach (var severity in body.Severities ?? [.. Enum.GetValues<AlertSeverity>().Select(WireNames.Of)])
        {
            if (!WireNames.TryParse<AlertSeverity>(severity, out var parsed))
                throw new ParameterException("severities", $"Give some of {WireNames.All<AlertSeverity>()}.");
            severities.Add(parsed);
        }
        if (severities.Count == 0)
            throw new ParameterException("severities", $"Give at least one of {WireNames.All<AlertSeverity>()}: nothing would ever be told.");

        return kind == RouteKind.Webhook ? Webhook() : Email();

        NotificationRoute Webhook()
        {
            if (body.To is not null)
                throw new ParameterException("to", "A webhook has a url.");
            if ((body.Url ?? before?.Target) is not { Length: <= MaxUrlLength } url || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
                || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0 || url.Any(char.IsControl))
                throw new ParameterException("url", $"Give an http or https URL of at most {MaxUrlLength} characters, without user, password and fragment.");
            // A name is looked up, and its address checked, at each connection.
            if (IPAddress.TryParse(uri.DnsSafeHost, out var address) && !WebhookAddresses.MayGoTo(address, options.AllowPrivateNetworks))
                throw new ParameterException("url", "Webhooks may not go to this address.");
            var secret = body.Secret is null ? before?.Secret : WebhookSignature.Parse(body.Secret);
            return Route(uri.AbsoluteUri, secret ?? throw new ParameterException("secret", "Give whsec_ and 24 to 64 random bytes in base64."));
        }

        NotificationRoute Email()
        {
            if (body.Url is not null || body.Secret is not null)
                throw new ParameterException(body.Url is not null ? "url" : "secret", "Mails have addresses in to.");
            if (body.To is not { Count: > 0 and <= MaxAddresses } addresses
                || !addresses.All(a => a is not null && !a.Contains(',', StringComparison.Ordinal) && !a.Any(char.IsControl) && a.Contains('@', StringComparison.Ordinal) && MailboxAddress.TryParse(a, out _)))
                throw new ParameterException("to", $"Give 1 to {MaxAddresses} mail addresses.");
            return !string.IsNullOrEmpty(options.SmtpHost)
                ? Route(string.Join(',', addresses), null)
                : throw new ParameterException("kind", "There is no mail server: set Alerts:Notifications:SmtpHost.");
        }

        NotificationRoute Route(string target, byte[]? secret) =>
            new(id, name, kind, [.. severities.Distinct()], body.UserId, target, secret, body.Enabled ?? true);
    }
}
