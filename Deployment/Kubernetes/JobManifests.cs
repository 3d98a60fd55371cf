using k8s.Models;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>A project that runs to its end.</summary>
internal static class JobManifests
{
    public static IEnumerable<object> Of(DeploymentModel model, Pods pods, Workload workload)
    {
        yield return new V1Job
        {
            ApiVersion = "batch/v1", Kind = "Job", Metadata = Labels.Metadata(Pods.JobName(model, workload.Name), model.Application, workload.Name),
            Spec = new()
            {
                // A database that fails over meanwhile is tried again. No time to live: a pod that starts later looks for the job's success.
                BackoffLimit = 6,
                Template = pods.Template(workload, restartPolicy: "Never"),
            },
        };
    }
}
