using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>RabbitMQ by its cluster operator. https://www.rabbitmq.com/kubernetes/operator/using-operator</summary>
internal static class RabbitMQManifests
{
    public static IEnumerable<object> Of(DeploymentModel model, Workload workload)
    {
        var (name, settings) = (workload.Name, workload.Settings);
        yield return new
        {
            apiVersion = "rabbitmq.com/v1beta1", kind = "RabbitmqCluster", metadata = Labels.Metadata(name, model.Application),
            spec = new
            {
                replicas = settings.Replicas,
                image = workload.Image,
                persistence = new { storage = $"{settings.StorageGiB}Gi" },
                resources = Pods.Resources(settings),
                // The services ask for quorum queues; what is declared without a type, such as an error queue, is one too. They hold an event
                // for up to a day while the database is away.
                rabbitmq = new { additionalConfig = "default_queue_type = quorum\ndisk_free_limit.absolute = 1GB\nconsumer_timeout = 90000000\n" },
                affinity = new
                {
                    podAntiAffinity = new
                    {
                        requiredDuringSchedulingIgnoredDuringExecution = new[]
                        {
                            new { topologyKey = "kubernetes.io/hostname", labelSelector = Labels.Selector(name) },
                        },
                    },
                },
            },
        };
        yield return ServiceManifests.Disruption(name, model.Application);
    }
}
