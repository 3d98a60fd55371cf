using LaunchStack.Aggregator.Alerts.Listing;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Replay;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.Options;
using MimeKit;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>Registers the alerts: their evaluation, their notifications and what is asked about them.</summary>
public static class AlertSetup
{
    /// <summary>Adds the services; they end by themselves over the original schema.</summary>
    public static void AddAlerts(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddSection<NotificationOptions>(NotificationOptions.Section)
            .Validate(options => MailboxAddress.TryParse(options.MailFrom, out _), $"{NotificationOptions.Section}:MailFrom must be a mail address.");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<NotificationOptions>>().Value);
        services.AddSingleton<AlertRuleStore>();
        services.AddSingleton<AlertLists>();
        services.AddSingleton<AlertSamples>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<AlertWriter>();
        services.AddSingleton<AlertEvaluator>();
        services.AddSingleton<ReplayHistory>();
        services.AddSingleton<AlertReplay>();
        services.AddSingleton<NotificationQueue>();
        services.AddSingleton<NotificationRouteStore>();
        services.AddSingleton<NotificationDelivery>();
        services.AddSingleton<INotificationSender, LogSender>();
        services.AddSingleton<INotificationSender, WebhookSender>();
        services.AddSingleton<INotificationSender, EmailSender>();
        services.AddHostedService<AlertService>();
        services.AddHostedService<NotificationService>();
        builder.AddOutboxRelay();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").RequireAuthorization(Scopes.Read)
            .AddEndpointFilter(new HypertableFilter("No alerts", "The original schema has no alerts."))
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status429TooManyRequests).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        // A replay has turns of its own.
        group.MapAlertReplay();
        var reads = group.MapGroup("").AddEndpointFilter<RouteGroupBuilder, ReadTurnFilter>();
        reads.MapAlertRules();
        reads.MapAlertLists();
        reads.MapNotificationRoutes();
    }
}
