[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LaunchStack.AppHost.Tests;

/// <summary>Tests that share the one running system, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SystemCollection : ICollectionFixture<SystemFixture>
{
    public const string Name = "system";
}
