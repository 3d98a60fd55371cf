using LaunchStack.Web.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LaunchStack.Web.Tests.Browser;

/// <summary>Pages in a browser whose services answer what a small system takes a month to come to: statements, alerts, a migration.</summary>
public sealed class StubbedPages : BrowserFixture
{
    public const string Id = "5b0c0000-0000-4000-8000-000000000001";

    private readonly WebServer _web = new();

    public StubServices Stubs => _web.Stubs;

    public override async ValueTask InitializeAsync()
    {
        foreach (var (path, answer) in StubbedAnswers.All)
            Stubs.Answer(path, answer);
        _web.UseKestrel(0);
        _web.StartServer();
        var addresses = _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        await StartAsync(new Uri(addresses.Single()), () => SignInAsync("a-key-of-the-stub-00"));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _web.DisposeAsync();
    }
}
