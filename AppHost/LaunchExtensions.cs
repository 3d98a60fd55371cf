using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.AppHost;

/// <summary>What <see cref="Launch"/> means for each resource.</summary>
internal static class LaunchExtensions
{
    public static Launch AddLaunch(this IDistributedApplicationBuilder builder)
    {
        var state = new StateDirectory(builder.Configuration[LaunchOptions.State] ?? Path.GetFullPath("../.launchstack", builder.AppHostDirectory));
        var launch = new Launch(builder, state);
        if (launch.IsPublished)
            return launch;
        state.Take();
        // The application disposes of it at its end, and so gives the directory free.
        builder.Services.AddSingleton(_ => state);
        builder.Services.AddSingleton<ConsoleReport>();
        builder.EndServicesWithAppHost().RequireFreePorts().StartBuiltProjects().KeepOrchestratorCertificate().NoticeHealthAtOnce();
        // Everything speaks plain HTTP: without this Aspire asks for a trusted certificate, in red, on the dashboard.
        builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            foreach (var resource in start.Model.Resources)
                resource.Annotations.Add(new HttpsCertificateAnnotation { UseDeveloperCertificate = false });
            // No hosted service: those wait for Aspire's own, which is not up while something waits for what has failed.
            return start.Services.GetRequiredService<ConsoleReport>().StartAsync(CancellationToken.None);
        });
        return launch;
    }

    /// <summary>Published: a volume. Run: the state directory, as a container or embedded.</summary>
    public static IResourceBuilder<TimescaleServerResource> KeptBy(this IResourceBuilder<TimescaleServerResource> timescale, Launch launch) =>
        launch.IsPublished ? timescale.WithDataVolume()
        : launch.UsesContainers ? timescale.WithDataBindMount(launch.State.For("timescale-container"))
        : timescale.RunAsEmbedded(launch.State.For("timescale"));

    /// <summary>Published: a volume. Run: the state directory, as a container or by the machine's own server.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> KeptBy(this IResourceBuilder<RabbitMQServerResource> messaging, Launch launch)
    {
        // A proxy would carry every byte. The port first: without a proxy an unset one is the target port.
        messaging.WithEndpoint("tcp", endpoint => (endpoint.Port, endpoint.IsProxied) = (endpoint.Port, false));
        return launch.IsPublished ? messaging.WithDataVolume()
            : launch.UsesContainers ? messaging.WithDataBindMount(launch.State.For("messaging-container"))
            : messaging.RunAsInstalledServer(launch.State.For("messaging"));
    }

    /// <summary>Where the database lies on this machine, a service that watches its disk is told so in this variable.</summary>
    public static IResourceBuilder<ProjectResource> WithDiskOf(this IResourceBuilder<ProjectResource> service, Launch launch, string variable) =>
        launch.HasDatabaseHere ? service.WithEnvironment(variable, launch.State.Path) : service;

    /// <summary>Run: in the state directory. Published: the deployment's to say.</summary>
    public static IResourceBuilder<ProjectResource> WithBackupsOf(this IResourceBuilder<ProjectResource> operations, Launch launch) =>
        launch.IsPublished ? operations : operations.WithBackups(launch.State.For("backups"));

    /// <summary>A link on the console signs in to it, once a start; published, only a key does.</summary>
    public static IResourceBuilder<ProjectResource> WithLoginLink(this IResourceBuilder<ProjectResource> web, Launch launch, IResourceBuilder<ParameterResource> adminKey) =>
        launch.IsPublished ? web.WithEnvironment("Web__StateDirectory", "/home/app/web")
        : web.WithEnvironment("Web__AdminKey", adminKey).WithEnvironment("Web__StateDirectory", launch.State.For("web"))
            .WithEnvironment("Web__LoginToken", web.ApplicationBuilder.AddParameter("web-login", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true));

    /// <summary>The agent's identity and unsent samples belong to this system, not to the user. Published: within its volume (appsettings.json).</summary>
    public static IResourceBuilder<ProjectResource> WithStateOf(this IResourceBuilder<ProjectResource> agent, Launch launch) =>
        agent.WithEnvironment("Agent__StateDirectory", launch.IsPublished ? "/home/app/agent" : launch.State.For("agent"));
}
