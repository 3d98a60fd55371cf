namespace LaunchStack.Aggregator.Tests.Support;

/// <summary>One service for all tests of a class.</summary>
public sealed class AggregatorFixture : IAsyncLifetime
{
    /// <summary>The service.</summary>
    public AggregatorApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await AggregatorApp.StartAsync();

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
