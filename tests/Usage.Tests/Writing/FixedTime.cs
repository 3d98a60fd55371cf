namespace LaunchStack.Usage.Tests.Writing;

/// <summary>Always says the same time of day; timers and durations run as ever.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
