namespace LaunchStack.Web.Database;

/// <summary>Events that have not been published.</summary>
internal sealed record OutboxRow(long Waiting, double OldestSeconds, long SetAside);
