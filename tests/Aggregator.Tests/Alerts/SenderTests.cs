using System.Net;
using System.Text.Json;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Tests.Alerts.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Aggregator.Tests.Alerts;

/// <summary>What goes over the wire: HTTP, and a mail server of somebody else's.</summary>
public sealed class SenderTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly DateTimeOffset Start = AlertGen.Start;

    private readonly NotificationOptions _options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_is_taken_by_a_mail_server_and_names_cannot_add_to_it()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "tests", "Aggregator.Tests", "smtp-server");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"{folder} has no node_modules: run scripts/prerequisites.sh test");
        await using var server = ChildProcess.Start("smtp-server", "node", [Path.Combine(folder, "server.mjs")]);
        var port = JsonDocument.Parse(await server.WaitForLineAsync("port")).RootElement.GetProperty("port").GetInt32();
        (_options.SmtpHost, _options.SmtpPort, _options.SmtpUser) = ("127.0.0.1", port, "alerts");
        var sender = new EmailSender(_options, TimeProvider.System);
        var route = new NotificationRoute(Guid.NewGuid(), "mail", RouteKind.Email, [AlertSeverity.Critical], null, "ops@example.com,night@example.com", null, true);
        var id = Guid.NewGuid();
        var payload = NotificationJson.Write(new(NotificationMessage.Changed, Start, new(id, 1,
        [
            new("raised", Guid.NewGuid(), Guid.NewGuid(), 1, "CPU\r\nBcc: everybody@example.com", "critical", "cpu_percentage", Id(1), "näme\r\nX-Evil: 1", null, 99.5m, 95,
                Start, Start, null, null),
        ])));

        _options.SmtpPassword = "wrong";
        var refused = await Assert.ThrowsAsync<NotificationException>(() => sender.SendAsync(route, id, payload, Token));
        Assert.DoesNotContain("wrong-password-text", refused.Message);
        _options.SmtpPassword = "a-mail-password";
        await sender.SendAsync(route, id, payload, Token);

        var mail = JsonDocument.Parse(await server.WaitForLineAsync("\"mail\"")).RootElement.GetProperty("mail");
        Assert.Equal(["ops@example.com", "night@example.com"], mail.GetProperty("to").EnumerateArray().Select(t => t.GetString()));
        var text = mail.GetProperty("text").GetString()!;
        Assert.Contains($"Message-Id: <{id}@launchstack>", text);
        Assert.DoesNotContain("\nBcc:", text);
        Assert.DoesNotContain("\nX-Evil:", text);
    }

    [Fact]
    public async Task Nobody_at_the_other_side_is_a_reason_and_no_crash()
    {
        using var webhooks = new WebhookSender(_options, TimeProvider.System);
        var delivery = new NotificationDelivery([webhooks, new EmailSender(_options, TimeProvider.System), new LogSender(NullLogger<LogSender>.Instance)]);
        var nobody = FreePort.Take();
        var route = new NotificationRoute(Guid.NewGuid(), "x", RouteKind.Webhook, [], null, $"http://127.0.0.1:{nobody}/a-secret-path", Secret, true);
        var payload = NotificationJson.Write(new(NotificationMessage.Test, Start, new(Guid.NewGuid(), 0, [])));
        var error = await delivery.TryAsync(route, Guid.NewGuid(), payload, Token);
        Assert.NotNull(error);
        Assert.DoesNotContain("a-secret-path", error);

        _options.AllowPrivateNetworks = false;
        using var strict = new WebhookSender(_options, TimeProvider.System);
        await using var receiver = await WebhookReceiver.StartAsync();
        var refused = await new NotificationDelivery([strict]).TryAsync(route with { Target = receiver.Url }, Guid.NewGuid(), payload, Token);
        Assert.Contains("to which webhooks may not go", refused);
        Assert.Empty(receiver.Requests);

        (_options.SmtpHost, _options.SmtpPort) = ("127.0.0.1", nobody);
        Assert.NotNull(await delivery.TryAsync(route with { Kind = RouteKind.Email, Target = "a@example.com" }, Guid.NewGuid(), payload, Token));
    }

    [Theory]
    [InlineData("127.0.0.1", true, true)]
    [InlineData("::1", true, true)]
    [InlineData("10.1.2.3", true, true)]
    [InlineData("127.0.0.1", false, false)]
    [InlineData("::ffff:127.0.0.1", false, false)]
    [InlineData("::1", false, false)]
    [InlineData("192.168.1.1", false, false)]
    [InlineData("fd12::1", false, false)]
    [InlineData("169.254.169.254", true, false)]
    [InlineData("::ffff:169.254.169.254", true, false)]
    [InlineData("64:ff9b::a9fe:a9fe", true, false)]
    [InlineData("fe80::1", true, false)]
    [InlineData("0.0.0.0", true, false)]
    [InlineData("::", true, false)]
    [InlineData("224.0.0.1", true, false)]
    [InlineData("255.255.255.255", true, false)]
    [InlineData("93.184.216.34", false, true)]
    [InlineData("2606:2800:220:1::1", false, true)]
    public void Webhooks_go_to(string address, bool allowPrivate, bool may) =>
        Assert.Equal(may, WebhookAddresses.MayGoTo(IPAddress.Parse(address), allowPrivate));

    [Fact]
    public void The_signature_is_that_of_the_specification()
    {
        // The example of the reference implementations' tests.
        var secret = WebhookSignature.Parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}"""));
    }

    private static Guid Id(int n) => new(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)n]);
}
