namespace LaunchStack.Deployment.Model;

/// <summary>What a workload is to a platform.</summary>
internal enum WorkloadKind
{
    /// <summary>Runs on.</summary>
    Service,

    /// <summary>Others wait for its end.</summary>
    Job,

    /// <summary>A TimescaleDB server.</summary>
    Timescale,

    /// <summary>A RabbitMQ server.</summary>
    RabbitMQ,
}
