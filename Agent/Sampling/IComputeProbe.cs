namespace LaunchStack.Agent.Sampling;

/// <summary>A place to read processor and memory use from.</summary>
internal interface IComputeProbe
{
    /// <summary>Says in the log what is read.</summary>
    string Description { get; }

    ComputeReading Read();
}
