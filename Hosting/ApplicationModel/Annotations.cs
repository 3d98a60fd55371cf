namespace Aspire.Hosting.ApplicationModel;

/// <summary>How long a dependent waits.</summary>
internal enum WaitKind
{
    Healthy,
    Completion,
}

internal sealed record WaitAnnotation(IResource Resource, WaitKind Kind, int ExitCode = 0) : IResourceAnnotation
{
    /// <summary>What has a process to wait for: a database has none, its server has.</summary>
    public IResource Target => Resource is PostgresDatabaseResource database ? database.Parent : Resource;
}

internal sealed record ReferenceAnnotation(IResource Resource, string Name) : IResourceAnnotation;

internal sealed record EnvironmentAnnotation(string Name, Func<CancellationToken, ValueTask<string?>> Value, bool IsSecret) : IResourceAnnotation;

internal sealed record HttpHealthAnnotation(string Path, int StatusCode) : IResourceAnnotation;

internal sealed record ReplicaAnnotation(int Replicas) : IResourceAnnotation;

internal sealed record CommandLineAnnotation(string[] Args) : IResourceAnnotation;

/// <summary>The state outlives a run: kept in the state directory instead of a temporary one.</summary>
internal sealed record PersistentDataAnnotation : IResourceAnnotation;

/// <summary>A command that the AppHost adds to start, stop and restart.</summary>
internal sealed record CommandAnnotation(
    string Name, string DisplayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> Execute, CommandOptions Options) : IResourceAnnotation;

internal sealed record DatabaseNameAnnotation(string Name) : IResourceAnnotation;

/// <summary>The image that Aspire runs, without its tag.</summary>
internal sealed record ImageAnnotation(string Image) : IResourceAnnotation;

/// <summary>A folder of SQL files that fill a new server.</summary>
internal sealed record InitFilesAnnotation(string Path) : IResourceAnnotation;

/// <summary>The application is ready without this resource, and goes on when it fails.</summary>
internal sealed record OptionalAnnotation : IResourceAnnotation;
