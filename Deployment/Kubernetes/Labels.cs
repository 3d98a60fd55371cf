using k8s.Models;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/</summary>
internal static class Labels
{
    public const string Name = "app.kubernetes.io/name";
    public const string PartOf = "app.kubernetes.io/part-of";

    /// <param name="name">Of the object.</param>
    /// <param name="application">What it is a part of.</param>
    /// <param name="workload">What it belongs to, where its name is another.</param>
    public static V1ObjectMeta Metadata(string name, string application, string? workload = null) => new() { Name = name, Labels = Of(workload ?? name, application) };

    public static Dictionary<string, string> Of(string workload, string application) => new() { [Name] = workload, [PartOf] = application };

    /// <summary>A selector never changes: nothing but the name is in it.</summary>
    public static V1LabelSelector Selector(string name) => new() { MatchLabels = new Dictionary<string, string> { [Name] = name } };
}
