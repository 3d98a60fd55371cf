using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Sampling;

/// <summary>One instance whose use can be measured.</summary>
internal interface IUsageSource
{
    Guid InstanceId { get; }

    /// <summary>What it is registered as.</summary>
    string Name { get; }

    /// <summary>Whether it is made up.</summary>
    bool IsSimulated { get; }

    /// <summary>Measures it. Values that cannot be had are null.</summary>
    UsageSample Take(SampleTime now);
}
