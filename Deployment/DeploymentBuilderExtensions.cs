using Aspire.Hosting.Pipelines;
using LaunchStack.Deployment;
using LaunchStack.Deployment.Compose;
using LaunchStack.Deployment.Kubernetes;
using LaunchStack.Deployment.Model;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Publishing of the app model as files for Docker Compose and Kubernetes.</summary>
public static class DeploymentBuilderExtensions
{
    private const string ReadModel = "read-deployment-model";

    /// <summary>
    /// Lets <c>aspire publish</c> write <c>compose/</c> and <c>kubernetes/</c> beneath its output path; <c>aspire do publish-compose</c>
    /// and <c>aspire do publish-kubernetes</c> write one of them. Replicas, memory and the like of a resource are configuration: see
    /// <see cref="DeploymentSettings"/>.
    /// </summary>
    /// <param name="builder">The application.</param>
    public static IDistributedApplicationBuilder AddDeploymentFiles(this IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        DeploymentModel? model = null;
        // Once: Aspire's environment callbacks do not bear being run twice at a time, as two steps would.
        builder.Pipeline.AddStep(
            ReadModel,
            async step => model = await DeploymentModelReader.ReadAsync(step.Model, builder.Configuration, step.ExecutionContext, step.CancellationToken));
        builder.AddPublisher("compose", directory => ComposePublisher.Publish(model!, directory));
        builder.AddPublisher("kubernetes", _ => KubernetesPublisher.Publish(model!));
        return builder;
    }

    private static void AddPublisher(this IDistributedApplicationBuilder builder, string name, Func<string, IEnumerable<PublishedFile>> publish) =>
        builder.Pipeline.AddStep(
            $"publish-{name}",
            async step =>
            {
                var directory = Path.Combine(step.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(), name);
                Directory.CreateDirectory(directory);
                foreach (var file in publish(directory))
                    await file.WriteAsync(directory, step.CancellationToken);
                step.Summary.Add($"Written for {name}", directory);
            },
            dependsOn: ReadModel,
            requiredBy: WellKnownPipelineSteps.Publish);
}
