namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something outside of the application, known by its connection string in the AppHost's configuration.</summary>
public sealed class ConnectionStringResource : Resource, IResourceWithConnectionString
{
    private readonly Func<string?> _value;

    internal ConnectionStringResource(string name, Func<string?> value)
        : base(name) => _value = value;

    /// <inheritdoc />
    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(_value());
}
