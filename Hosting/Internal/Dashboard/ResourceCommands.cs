using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Internal.Dashboard;

/// <summary>The commands that the AppHost has added with <c>WithCommand</c>.</summary>
internal static class ResourceCommands
{
    public static CommandAnnotation? Find(IResource resource, string name) =>
        resource.Annotations.OfType<CommandAnnotation>().FirstOrDefault(a => a.Name == name);

    public static IEnumerable<CommandView> Views(ResourceEvent change, IServiceProvider services)
    {
        foreach (var command in change.Resource.Annotations.OfType<CommandAnnotation>())
        {
            var options = command.Options;
            var state = options.UpdateState?.Invoke(new() { ResourceSnapshot = change.Snapshot, ServiceProvider = services }) ?? ResourceCommandState.Enabled;
            if (state != ResourceCommandState.Hidden)
                yield return new(command.Name, command.DisplayName, options.Description ?? "", options.ConfirmationMessage,
                    state == ResourceCommandState.Enabled, options.IsHighlighted);
        }
    }

    /// <returns>Null when done, else why not.</returns>
    public static async Task<string?> RunAsync(CommandAnnotation command, string id, IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            var result = await command.Execute(new() { ServiceProvider = services, ResourceName = id, CancellationToken = cancellationToken });
            return result.Success ? null : result.Canceled ? "canceled" : result.ErrorMessage ?? "it failed and did not say why";
        }
#pragma warning disable CA1031 // Whatever the AppHost's own code throws is the command's result, as in Aspire: it must not end the run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.Message;
        }
    }
}
