namespace LaunchStack.Agent.Sampling;

/// <summary>When samples are taken.</summary>
/// <param name="At">Wall clock, UTC; no two samples of an instance share it.</param>
/// <param name="IsLatest">Whether it is later than every sample before it.</param>
internal readonly record struct SampleTime(DateTimeOffset At, bool IsLatest);
