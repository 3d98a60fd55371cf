using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Sends mails by the server of <c>Alerts:Notifications:Smtp…</c>; the message's id is the idempotency key.</summary>
internal sealed class EmailSender(NotificationOptions options, TimeProvider time) : INotificationSender
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public RouteKind Kind => RouteKind.Email;

    public async Task SendAsync(NotificationRoute route, Guid id, string payload, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.SmtpHost))
            throw new NotificationException("Alerts:Notifications:SmtpHost is not set.");
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var message = Compose(route, id, NotificationJson.Read(payload));
        using var client = new SmtpClient();
        try
        {
            await client.ConnectAsync(options.SmtpHost, options.SmtpPort, Encryption, either.Token);
            if (!string.IsNullOrEmpty(options.SmtpUser))
                await client.AuthenticateAsync(options.SmtpUser, options.SmtpPassword ?? "", either.Token);
            await client.SendAsync(message, either.Token);
            await client.DisconnectAsync(quit: true, either.Token);
        }
        catch (Exception e) when (e is CommandException or ProtocolException or AuthenticationException or SslHandshakeException
            or ServiceNotAuthenticatedException or ServiceNotConnectedException or NotSupportedException or TimeoutException or SocketException or IOException)
        {
            throw new NotificationException($"The mail server: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NotificationException($"The mail server did not answer within {Patience.TotalSeconds} s.", e);
        }
    }

    private SecureSocketOptions Encryption => options.SmtpEncryption switch
    {
        "starttls" => SecureSocketOptions.StartTls,
        "tls" => SecureSocketOptions.SslOnConnect,
        "none" => SecureSocketOptions.None,
        _ => SecureSocketOptions.StartTlsWhenAvailable,
    };

    private MimeMessage Compose(NotificationRoute route, Guid id, NotificationMessage notification)
    {
        var lines = notification.Data.Alerts.Select(a => a.ToString()).ToList();
        if (notification.Data.Count > lines.Count)
            lines.Add($"and {notification.Data.Count - lines.Count} more");
        if (lines.Count == 0)
            lines.Add("This is a test: the route works.");
        var subject = notification.Data.Count == 0 ? "test" : notification.Data.Count == 1 ? lines[0] : $"{notification.Data.Count} alerts";
        return new MimeMessage(
            [MailboxAddress.Parse(options.MailFrom)],
            route.Target!.Split(',').Select(MailboxAddress.Parse),
            $"[LaunchStack] {subject}",
            new TextPart("plain") { Text = string.Join("\r\n", lines) + "\r\n" })
        {
            MessageId = $"{id}@launchstack",
            Date = notification.Timestamp,
        };
    }
}
