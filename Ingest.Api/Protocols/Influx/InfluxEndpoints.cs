using System.Text.RegularExpressions;
using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>What clients of InfluxDB 1 and 2 write to.</summary>
public static partial class InfluxEndpoints
{
    private const string Version = "1.8-launchstack";

    // https://docs.influxdata.com/influxdb/v1/tools/api/ and https://docs.influxdata.com/influxdb/v2/api/: all that their clients send.
    private static readonly string[] WriteParameters = ["db", "rp", "precision", "consistency", "u", "p", "org", "orgID", "bucket"];
    private static readonly string[] QueryParameters = ["q", "db", "rp", "epoch", "chunked", "chunk_size", "pretty", "params", "u", "p"];

    /// <summary>Maps <c>/write</c>, <c>/api/v2/write</c>, and what clients ask before: <c>/ping</c>, <c>/query</c>.</summary>
    public static void MapInflux(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Influx line protocol").WithMetadata(new FailureForm((_, failure) => InfluxAnswer.Version1.Failure(failure)));
        MapWrite(group, "/write", InfluxAnswer.Version1).WithName("InfluxWrite")
            .WithSummary("Line protocol as InfluxDB 1 takes it: ?precision=n|u|ms|s|m|h; db and rp are not looked at.");
        MapWrite(group, "/api/v2/write", InfluxAnswer.Version2).WithName("InfluxWrite2")
            .WithSummary("Line protocol as InfluxDB 2 takes it: ?precision=ns|us|ms|s; org and bucket are not looked at.");
        group.MapMethods("/query", ["GET", "POST"], (Delegate)QueryAsync).WithName("InfluxQuery").WithParameters(QueryParameters).RequireAuthorization(Scopes.Ingest).ExcludeFromDescription();
        group.MapMethods("/ping", ["GET", "HEAD"], Ping).WithName("InfluxPing").WithParameters("verbose", "wait_for_leader", "u", "p").AllowAnonymous();
    }

    // Not Accepts(): it would refuse curl's own content type, which InfluxDB does not look at.
    private static RouteHandlerBuilder MapWrite(RouteGroupBuilder group, string path, InfluxAnswer answer) => group
        .MapProtocol(
            path,
            (HttpContext http, SeriesIngest ingest, TimeProvider time) => WriteAsync(http, ingest, time, answer),
            (_, failure) => answer.Failure(failure))
        .WithParameters(WriteParameters)
        .Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> WriteAsync(
        HttpContext http, SeriesIngest ingest, TimeProvider time, InfluxAnswer answer)
    {
        if (!InfluxPrecision.TryParse(http.Request.Query["precision"], out var unit))
            throw Refusal.Malformed("precision: n, ns, u, us, ms, s, m or h.");
        using var batch = ingest.Open(http);
        using var body = await ProtocolBody.ReadAsync(http.Request, batch.Memory, http.RequestAborted);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        var reading = new InfluxLineReader(body.Span, unit, now, batch).Read();
        var outcome = await ingest.WriteAsync(batch, http.RequestAborted);
        return answer.Written(reading, outcome);
    }

    private static IResult Ping(HttpContext http)
    {
        http.Response.Headers["X-Influxdb-Version"] = Version;
        http.Response.Headers["X-Influxdb-Build"] = "OSS";
        return http.Request.Query["verbose"] == "true"
            ? TypedResults.Json(new Dictionary<string, string> { ["version"] = Version })
            : TypedResults.NoContent();
    }

    // Clients look for their database and create it before they write; every database is this one, and none has a name to show.
    private static async Task<IResult> QueryAsync(HttpContext http)
    {
        string? query = http.Request.Query["q"];
        if (query is null && http.Request.HasFormContentType)
            query = (await http.Request.ReadFormAsync(http.RequestAborted))["q"];
        return Start().IsMatch(query ?? "")
            ? TypedResults.Text("{\"results\":[{\"statement_id\":0}]}", "application/json")
            : TypedResults.Text(
                "{\"error\":\"only CREATE DATABASE and SHOW DATABASES are understood here\"}", "application/json", statusCode: StatusCodes.Status400BadRequest);
    }

    [GeneratedRegex(@"^\s*(CREATE\s+DATABASE\s|SHOW\s+DATABASES\s*;?\s*$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Start();
}
