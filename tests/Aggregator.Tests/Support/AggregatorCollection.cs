namespace LaunchStack.Aggregator.Tests.Support;

[CollectionDefinition(nameof(AggregatorApp))]
public sealed class AggregatorCollection : ICollectionFixture<AggregatorFixture>;
