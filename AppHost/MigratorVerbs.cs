namespace LaunchStack.AppHost;

/// <summary>The move from an original database.</summary>
internal static class MigratorVerbs
{
    // rollback takes along what came since the cutover: without the samples the way back would lose them.
    private static readonly (string Name, string[] Args, string Icon)[] Verbs =
    [
        ("verify", ["verify"], "CheckmarkCircle"),
        ("catch-up", ["catch-up"], "ArrowSync"),
        ("cutover", ["cutover"], "ArrowRight"),
        ("rollback", ["rollback", "--reverse-sync"], "ArrowUndo"),
    ];

    /// <summary>
    /// Lets the migrator move <paramref name="original"/>, and offers its verbs beneath it, to be started by hand: on the dashboard, or by
    /// <c>aspire resource verify start</c>.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithOriginal(
        this IResourceBuilder<ProjectResource> migrator, IResourceBuilder<IResourceWithConnectionString>? original,
        IResourceBuilder<IResourceWithConnectionString> database)
    {
        if (original is null)
            return migrator;

        migrator.WithReference(original).WaitFor(original);
        var builder = migrator.ApplicationBuilder;
        foreach (var (name, args, icon) in builder.ExecutionContext.IsRunMode ? Verbs : [])
        {
            builder.AddProject<Projects.Migrator>(name)
                .WithArgs(args)
                .WithReference(database).WaitFor(database)
                .WithReference(original).WaitFor(original)
                .WithExplicitStart()
                .WithParentRelationship(migrator)
                .WithIconName(icon);
        }
        return migrator;
    }
}
