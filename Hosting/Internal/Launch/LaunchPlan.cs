using Aspire.Hosting.Internal.Health;
using Aspire.Hosting.Internal.Processes;

namespace Aspire.Hosting.Internal.Launch;

/// <summary>How one replica of a resource is started and asked for its health.</summary>
internal sealed record LaunchPlan(ProcessSpec Process, IReadOnlyList<IHealthProbe> Probes);
