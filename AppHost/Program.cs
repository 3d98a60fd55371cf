using LaunchStack.AppHost;
using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

// The key for Ingest.Api and Aggregator: generated once, kept, printed at start.
var adminKey = builder.AddParameter(
    "admin-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

// A connection string in the environment replaces what would be started here.
var database = IsGiven("launchstack")
    ? builder.AddConnectionString("launchstack")
    : (IResourceBuilder<IResourceWithConnectionString>)builder.AddPostgres("timescale", port: 5440)
        .WithImage("timescale/timescaledb", "2.23.1-pg17")
        .WithDataVolume()
        .AddDatabase("launchstack");

var messaging = IsGiven("messaging")
    ? builder.AddConnectionString("messaging")
    : (IResourceBuilder<IResourceWithConnectionString>)builder.AddRabbitMQ("messaging", port: 5673)
        .WithDataVolume();

var migrator = builder.AddProject<Projects.Migrator>("migrator")
    .WithReference(database).WaitFor(database);

if (IsGiven("original"))
{
    migrator.WithReference(builder.AddConnectionString("original"));
}
else if (args.Contains("--demo-original"))
{
    // Plain PostgreSQL, filled once by DemoOriginal/original.sql, for a migration to look at.
    var original = builder.AddPostgres("original-server").WithInitFiles("DemoOriginal").WithDataVolume().AddDatabase("original");
    migrator.WithReference(original).WaitFor(original);
}

var ingest = builder.AddProject<Projects.Ingest_Api>("ingest-api")
    .WithReference(database).WaitFor(database)
    .WithReference(messaging).WaitFor(messaging)
    .WaitForCompletion(migrator)
    .WithEnvironment("Auth__AdminKey", adminKey)
    .WithHttpHealthCheck("/health");

// The database started here lies on this machine: Ingest.Api stops taking samples before its disk is full.
if (!IsGiven("launchstack"))
    ingest.WithEnvironment("Ingest__Disk__Path", builder.Configuration["Aspire:Store:Path"] ?? builder.AppHostDirectory);

builder.AddProject<Projects.Aggregator>("aggregator")
    .WithReference(database).WaitFor(database)
    .WithReference(messaging).WaitFor(messaging)
    .WaitForCompletion(migrator)
    .WithEnvironment("Auth__AdminKey", adminKey)
    .WithHttpHealthCheck("/health")
    .WithRefreshRollups(adminKey);

builder.AddProject<Projects.Agent>("agent")
    .WithReference(ingest).WaitFor(ingest)
    .WithEnvironment("Auth__AdminKey", adminKey);

builder.Build().Run();

bool IsGiven(string connection) => !string.IsNullOrEmpty(builder.Configuration.GetConnectionString(connection));
