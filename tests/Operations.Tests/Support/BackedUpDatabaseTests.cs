namespace LaunchStack.Operations.Tests.Support;

/// <summary>Tests that share it, one after the other.</summary>
[CollectionDefinition(nameof(BackedUpDatabase))]
public sealed class BackedUpDatabaseTests : ICollectionFixture<BackedUpDatabase>;
