using LaunchStack.Auth;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Operations.Backups;

/// <summary><c>/v1/backups</c>.</summary>
public static class BackupEndpoints
{
    /// <summary>Maps the list, one backup, the drills, and making and trying one.</summary>
    public static RouteGroupBuilder MapBackups(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/backups").WithTags("Backups").RequireAuthorization(Scopes.Admin);
        group.MapGet("", List).WithName("ListBackups").WithSummary("Backups, newest first, what is being done now, and when the next one is due.");
        group.MapPost("", Make).WithName("MakeBackup").WithSummary("Makes a backup and tries it; answers at once. 409 when one is waiting already, or none can be made.");
        group.MapGet("/{id:guid}", Find).WithName("GetBackup").WithSummary("A backup's manifest: versions, tables, windows with checksums, jobs.");
        group.MapGet("/drills", Drills).WithName("ListDrills").WithSummary("The last drill of each backup, newest first: outcome and what is wrong, by relation and window.");
        group.MapPost("/{id:guid}/drill", Drill).WithName("DrillBackup").WithSummary("Restores the backup to a scratch place and compares it; answers at once.");
        return group;
    }

    private static Ok<BackupList> List(BackupStore store, BackupService service) => TypedResults.Ok(
        new BackupList(store.IsConfigured, service.Next, service.Progress, store.Failure, [.. store.List().Select(m => BackupView.Of(m, store.DrillOf(m)))]));

    private static Results<Accepted<BackupRequested>, ProblemHttpResult> Make(BackupStore store, BackupService service) =>
        !store.IsConfigured ? Conflict("Backups:Directory is not set: there is no place for a backup.")
        : service.Request() is { } id ? TypedResults.Accepted($"/v1/backups/{id}", new BackupRequested(id))
        : Conflict("A backup or drill is waiting already; GET /v1/backups tells how it goes.");

    private static Results<Ok<BackupManifest>, NotFound> Find(Guid id, BackupStore store) =>
        store.Find(id) is { } manifest ? TypedResults.Ok(manifest) : TypedResults.NotFound();

    private static Ok<List<DrillReport>> Drills(BackupStore store) =>
        TypedResults.Ok(store.List().Select(store.DrillOf).OfType<DrillReport>().OrderByDescending(report => report.StartedAt).ToList());

    private static Results<Accepted<BackupRequested>, NotFound, ProblemHttpResult> Drill(Guid id, BackupStore store, BackupService service) =>
        store.Find(id) is not { } manifest ? TypedResults.NotFound()
        : manifest.State != BackupManifest.Completed ? Conflict($"This backup failed and has no file: {manifest.Error}")
        : service.RequestDrill(id) ? TypedResults.Accepted("/v1/backups/drills", new BackupRequested(id))
        : Conflict("A backup or drill is waiting already; GET /v1/backups tells how it goes.");

    private static ProblemHttpResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict, title: "Not now");
}
