namespace LaunchStack.Aggregator.Tests.Support;

/// <summary>One service for the collection: its tests have users and instances of their own, and look at those alone.</summary>
public sealed class AggregatorFixture : IAsyncLifetime
{
    /// <summary>The service.</summary>
    public AggregatorApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await AggregatorApp.StartAsync(await TestTimescale.CreateAsync());

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await App.Database.DisposeAsync();
    }
}
