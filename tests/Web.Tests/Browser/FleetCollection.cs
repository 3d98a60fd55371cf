namespace LaunchStack.Web.Tests.Browser;

/// <summary>Tests that share the one running system, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class FleetCollection : ICollectionFixture<FleetFixture>
{
    public const string Name = "fleet";
}
