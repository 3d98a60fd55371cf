using k8s.Models;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>Who may reach a workload: its ports at most, and what is stored only by those that wait for it and by its operator.</summary>
internal static class NetworkManifests
{
    public static V1NetworkPolicy Of(DeploymentModel model, Workload workload) => new()
    {
        ApiVersion = "networking.k8s.io/v1", Kind = "NetworkPolicy", Metadata = Labels.Metadata(workload.Name, model.Application),
        Spec = new()
        {
            PodSelector = Pods(workload),
            PolicyTypes = ["Ingress"],
            Ingress = workload.Kind switch
            {
                WorkloadKind.Timescale =>
                [
                    From([.. Clients(model, workload), Peer(Pods(workload)), OperatorOfCloudNativePG], 5432),
                    // The operator's questions, and metrics. https://cloudnative-pg.io/documentation/current/samples/networkpolicy-example.yaml
                    From(null, 8000, 9187),
                ],
                // Among themselves also the ports of Erlang's distribution.
                WorkloadKind.RabbitMQ => [From([Peer(Pods(workload))]), From(Clients(model, workload), 5672), From(null, 15692)],
                _ => workload.Ports.Count == 0 ? [] : [From(null, [.. workload.Ports.Values.Select(port => port.Port)])],
            },
        },
    };

    private static V1NetworkPolicyPeer OperatorOfCloudNativePG { get; } = new()
    {
        NamespaceSelector = new(), PodSelector = Labels.Selector("cloudnative-pg"),
    };

    private static V1LabelSelector Pods(Workload workload) => workload.Kind == WorkloadKind.Timescale
        ? new() { MatchLabels = new Dictionary<string, string> { ["cnpg.io/cluster"] = workload.Name } }
        : Labels.Selector(workload.Name);

    private static IList<V1NetworkPolicyPeer> Clients(DeploymentModel model, Workload store) =>
        [.. model.Workloads.Where(workload => workload.Gates.Any(gate => gate.Workload == store.Name)).Select(workload => Peer(Labels.Selector(workload.Name)))];

    private static V1NetworkPolicyPeer Peer(V1LabelSelector pods) => new() { PodSelector = pods };

    private static V1NetworkPolicyIngressRule From(IList<V1NetworkPolicyPeer>? peers, params int[] ports) => new()
    {
        FromProperty = peers, Ports = ports.Length == 0 ? null : [.. ports.Select(port => new V1NetworkPolicyPort { Port = port, Protocol = "TCP" })],
    };
}
