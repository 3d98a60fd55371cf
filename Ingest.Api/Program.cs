using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Instances;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Ingest.Api.Protocols.Otlp;
using LaunchStack.Ingest.Api.Usage;
using LaunchStack.Ingest.Api.Writing;
using LaunchStack.ServiceDefaults;
using LaunchStack.ServiceDefaults.Problems;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddTimescale(maxPoolSize: 24);
builder.AddMessaging();
builder.AddOutboxRelay();

builder.AddProblems();
builder.AddKeys();
builder.AddBodies();
builder.AddUsageWriting();
builder.AddMapping();
builder.AddGrpcUrl();
builder.Services.AddOpenApi();

var app = builder.Build();

app.UseProblems();
app.UseAuthentication();
app.UseAuthorization();

app.MapDefaultEndpoints();
app.MapOpenApi("/openapi/v1.json");

var api = app.MapGroup("").RequireKnownParameters();
api.MapUsage();
api.MapInstances();
api.MapProtocols();
api.MapUnmapped();
api.MapKeys();

await app.RunAsync();
