namespace Aspire.Hosting.Internal.Health;

/// <summary>Asks a running resource whether it is ready.</summary>
internal interface IHealthProbe
{
    /// <summary>Null when healthy, else why not.</summary>
    Task<string?> CheckAsync(CancellationToken cancellationToken);
}
