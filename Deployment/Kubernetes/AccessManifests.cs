using k8s.Models;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>The account of the pods, which may look at jobs and at nothing else.</summary>
internal static class AccessManifests
{
    public static IEnumerable<object> Of(string application)
    {
        yield return new V1ServiceAccount
        {
            ApiVersion = "v1", Kind = "ServiceAccount", Metadata = Labels.Metadata(application, application), AutomountServiceAccountToken = false,
        };
        yield return new V1Role
        {
            ApiVersion = "rbac.authorization.k8s.io/v1", Kind = "Role", Metadata = Labels.Metadata(application, application),
            Rules = [new() { ApiGroups = ["batch"], Resources = ["jobs"], Verbs = ["get", "list", "watch"] }],
        };
        yield return new V1RoleBinding
        {
            ApiVersion = "rbac.authorization.k8s.io/v1", Kind = "RoleBinding", Metadata = Labels.Metadata(application, application),
            RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = application },
            Subjects = [new() { Kind = "ServiceAccount", Name = application }],
        };
    }
}
