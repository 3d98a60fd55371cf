using System.Net.Mime;
using Grpc.AspNetCore.Server.Model;
using LaunchStack.Dashboard.Api;
using LaunchStack.Dashboard.Console;
using LaunchStack.Dashboard.Listening;
using LaunchStack.Dashboard.Login;
using LaunchStack.Dashboard.Logs;
using LaunchStack.Dashboard.Metrics;
using LaunchStack.Dashboard.Otlp;
using LaunchStack.Dashboard.Otlp.Grpc;
using LaunchStack.Dashboard.Otlp.Http;
using LaunchStack.Dashboard.Pages;
using LaunchStack.Dashboard.Resources;
using LaunchStack.Dashboard.Traces;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;

namespace LaunchStack.Dashboard;

/// <summary>Puts the dashboard together: receiver, stores, resource service client, pages.</summary>
public static class DashboardApp
{
    /// <summary>Builds the application; it listens once it is started.</summary>
    public static WebApplication Create(string[] args)
    {
        // Assets lie beside the program, wherever it is started from.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args, ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(DashboardApp).Assembly.GetName().Name,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.AddListeners();
        builder.Services.AddOptions<DashboardOptions>().BindConfiguration("Dashboard");
        builder.Services.AddSingleton<IValidateOptions<DashboardOptions>, DashboardOptionsValidation>().AddOptionsWithValidateOnStart<DashboardOptions>();
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Grpc", LogLevel.Critical).AddFilter("System.Net.Http", LogLevel.Warning);
        // Page state is worthless after a restart: keys stay in memory and nothing is written to the home directory.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.Configure<HostFilteringOptions>(o => o.AllowedHosts = AllowedHosts(builder.Configuration));

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<BrowserToken>();
        builder.Services.AddSingleton<TelemetryResources>().AddSingleton<TraceStore>().AddSingleton<LogStore>().AddSingleton<MetricStore>();
        builder.Services.AddSingleton<OtlpReceiver>();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize =
            builder.Configuration.GetValue("Dashboard:TelemetryLimits:MaxRequestBytes", new TelemetryLimits().MaxRequestBytes));
        builder.Services.AddSingleton<OtlpGrpcService>().AddSingleton<IServiceMethodProvider<OtlpGrpcService>, OtlpGrpcMethods>();
        builder.AddResourceService();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddHostedService<StartMessage>();

        var app = builder.Build();
        app.MapWhen(c => c.CameBy(ListenerKind.OtlpGrpc), otlp => otlp.UseMiddleware<OtlpApiKey>().UseRouting()
            .UseEndpoints(e => e.MapGrpcService<OtlpGrpcService>()));
        app.MapWhen(c => c.CameBy(ListenerKind.OtlpHttp), otlp => otlp.UseMiddleware<OtlpApiKey>().UseRouting().UseEndpoints(e => e.MapOtlpHttp()));
        app.UseMiddleware<LoginGate>();
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.UseRouting();
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapGet("/health", () => Results.Text("Healthy", MediaTypeNames.Text.Plain));
        app.MapGet("/alive", () => Results.Text("Healthy", MediaTypeNames.Text.Plain));
        app.MapTelemetryApi();
        app.MapMetricApi();
        app.MapConsoleDownload();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }

    private static string[] AllowedHosts(ConfigurationManager configuration) =>
        configuration["AllowedHosts"] is { Length: > 0 } given ? given.Split(';') : ["localhost", "127.0.0.1", "[::1]"];
}
