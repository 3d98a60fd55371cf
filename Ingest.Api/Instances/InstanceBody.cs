namespace LaunchStack.Ingest.Api.Instances;

/// <summary>Body of a registration; may be left out.</summary>
/// <param name="Name">Shown to people; absent: kept, or made from the id.</param>
/// <param name="UserId">The owner; absent: kept, or none.</param>
public sealed record InstanceBody(string? Name, Guid? UserId);
