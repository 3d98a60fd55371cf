using System.ComponentModel.DataAnnotations;

namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>Section <c>Alerts:Notifications</c>.</summary>
internal sealed class NotificationOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Alerts:Notifications";

    /// <summary>What a route is told within this time of the first goes in one notification.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan GroupFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An alert that is still there is told again after this.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan RepeatAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Pause before the second attempt; each further one is four times as long, up to an hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts until a notification has failed: 8 are two and a half hours.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>
    /// Whether webhooks may go to loopback and private addresses. Link-local ones (a cloud's metadata service), multicast and
    /// unspecified ones are refused always.
    /// </summary>
    public bool AllowPrivateNetworks { get; set; } = true;

    /// <summary>Host of the mail server; without it there are no e-mail routes.</summary>
    public string? SmtpHost { get; set; }

    /// <summary>Port of the mail server.</summary>
    [Range(1, 65535)]
    public int SmtpPort { get; set; } = 587;

    /// <summary>How the connection is encrypted: <c>auto</c> (when the server offers it), <c>starttls</c>, <c>tls</c> or <c>none</c>.</summary>
    [AllowedValues("auto", "starttls", "tls", "none", ErrorMessage = "Alerts:Notifications:SmtpEncryption must be auto, starttls, tls or none.")]
    public string SmtpEncryption { get; set; } = "auto";

    /// <summary>Who logs in; without it nobody does.</summary>
    public string? SmtpUser { get; set; }

    /// <summary>With which password.</summary>
    public string? SmtpPassword { get; set; }

    /// <summary>Sender's address.</summary>
    public string MailFrom { get; set; } = "launchstack@localhost";
}
