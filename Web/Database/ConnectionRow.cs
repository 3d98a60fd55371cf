namespace LaunchStack.Web.Database;

/// <summary>Client connections of the server.</summary>
internal sealed record ConnectionRow(long Used, int Limit, long Active);
