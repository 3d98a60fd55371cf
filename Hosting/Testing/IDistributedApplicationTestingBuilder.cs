namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's builder in the hands of a test.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable
{
    /// <summary>Lets the AppHost build; the test starts it.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
