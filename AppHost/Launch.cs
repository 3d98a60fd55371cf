using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.AppHost;

/// <summary>How this system is started: where it keeps what it keeps, on which ports, with or without containers.</summary>
internal sealed class Launch(IDistributedApplicationBuilder builder, StateDirectory state)
{
    public StateDirectory State => state;

    public bool UsesContainers => builder.Configuration.GetValue<bool>(LaunchOptions.Containers);

    public bool IsPublished => builder.ExecutionContext.IsPublishMode;

    /// <summary>The database is started here, so its disk is this machine's.</summary>
    public bool HasDatabaseHere => !IsPublished && !HasConnectionString("launchstack");

    public bool HasConnectionString(string name) => !string.IsNullOrEmpty(builder.Configuration.GetConnectionString(name));

    /// <summary>The usual port, or none, which lets DCP choose a free one: <c>aspire start --isolated</c> and the test host ask for that.</summary>
    public int? Port(int usual) => builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts") ? null : usual;

    /// <summary>A secret parameter, generated once.</summary>
    public IResourceBuilder<ParameterResource> AddSecret(string name) => builder.AddParameter(
        name, new KeptParameterDefault(name, State, new GenerateParameterDefault { MinLength = 32, Special = false }), secret: true);

    /// <summary>A small original database to see a migration, if the command line asks for one.</summary>
    public IResourceBuilder<IResourceWithConnectionString>? AddDemoOriginal()
    {
        if (IsPublished || !builder.Configuration.GetValue<bool>(LaunchOptions.DemoOriginal))
            return null;
        var password = AddSecret("original-password");
        return UsesContainers
            ? builder.AddPostgres("original-server", password: password)
                .WithInitFiles("DemoOriginal").WithDataBindMount(State.For("original-container")).AddDatabase("original")
            : builder.AddInstalledPostgres("original", State.For("original"), "DemoOriginal", password: password);
    }
}
