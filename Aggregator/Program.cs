using LaunchStack.Aggregator.Alerts;
using LaunchStack.Aggregator.Instances;
using LaunchStack.Aggregator.Messaging;
using LaunchStack.Aggregator.Metering;
using LaunchStack.Aggregator.Metering.Api;
using LaunchStack.Aggregator.Migration;
using LaunchStack.Aggregator.Policies;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Aggregator.Rollups;
using LaunchStack.Aggregator.Usage;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults;
using LaunchStack.ServiceDefaults.Problems;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddTimescale(maxPoolSize: 12);
builder.AddMessaging(consumers: bus => bus.AddRollups());
builder.AddKeyAuthentication();

builder.AddProblems();
builder.AddReading();
builder.AddRollups();
builder.AddPolicies();
builder.AddAlerts();
builder.AddMetering();
builder.AddMigrationState();
builder.Services.AddOpenApi();

var app = builder.Build();

app.UseProblems();
app.UseAuthentication();
app.UseAuthorization();

app.MapDefaultEndpoints();
app.MapOpenApi("/openapi/v1.json");

var api = app.MapGroup("").RequireKnownParameters();
api.MapOwnKey();
api.MapRollups();
api.MapErrorQueues();
api.MapAlerts();
var reads = api.MapGroup("").AddEndpointFilter<RouteGroupBuilder, ReadTurnFilter>();
reads.MapInstances();
reads.MapInstance();
reads.MapUsage();
reads.MapMetering();
reads.MapMigration();

await app.RunAsync();
