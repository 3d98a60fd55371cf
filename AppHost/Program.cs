using LaunchStack.AppHost;

StartErrors.PrintPlainly();
var builder = DistributedApplication.CreateBuilder(LaunchOptions.ForAspire(args));
var launch = builder.AddLaunch();

// Generated once and kept with the state; Parameters__admin-key in the environment sets one.
var adminKey = launch.AddSecret("admin-key");
var agentKey = launch.AddSecret("agent-key");

// A connection string in the environment replaces what would be started here.
var database = launch.HasConnectionString("launchstack")
    ? builder.AddConnectionString("launchstack")
    : (IResourceBuilder<IResourceWithConnectionString>)builder
        .AddTimescale("timescale", password: launch.AddSecret("timescale-password"), port: launch.Port(5440))
        .KeptBy(launch)
        .AddDatabase("launchstack");

var messaging = launch.HasConnectionString("messaging")
    ? builder.AddConnectionString("messaging")
    : builder.AddRabbitMQ("messaging", password: launch.AddSecret("messaging-password"), port: launch.Port(5673))
        // While the database is away a consumer holds its events for a day; RabbitMQ would take them back each half hour, and drop them at the 21st time.
        .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-rabbit consumer_timeout 90000000")
        .KeptBy(launch);

var original = launch.IsPublished || launch.HasConnectionString("original") ? builder.AddConnectionString("original") : launch.AddDemoOriginal();

var migrator = builder.AddProject<Projects.Migrator>("migrator")
    .WithReference(database).WaitFor(database)
    .WithOriginal(original, database);

var ingest = builder.AddProject<Projects.Ingest_Api>("ingest-api")
    .WithReference(database).WaitFor(database)
    .WithReference(messaging).WaitFor(messaging)
    .WaitForCompletion(migrator)
    .WithEnvironment("Auth__AdminKey", adminKey)
    .WithEnvironment("Auth__AgentKey", agentKey)
    .WithDiskOf(launch, "Ingest__Disk__Path")
    .WithHttpHealthCheck("/health");

var aggregator = builder.AddProject<Projects.Aggregator>("aggregator")
    .WithReference(database).WaitFor(database)
    .WithReference(messaging).WaitFor(messaging)
    .WaitForCompletion(migrator)
    .WithEnvironment("Auth__AdminKey", adminKey)
    .WithHttpHealthCheck("/health")
    .WithRefreshRollups(adminKey)
    .WithRequeueErrors(adminKey);

var operations = builder.AddProject<Projects.Operations>("operations")
    .WithReference(database).WaitFor(database)
    .WaitForCompletion(migrator)
    .WithEnvironment("Auth__AdminKey", adminKey)
    .WithDiskOf(launch, "Monitoring__DiskPath").WithBackupsOf(launch)
    .WithHttpHealthCheck("/health").WithHealthReport()
    .WithDatabaseCommands(adminKey);

builder.AddProject<Projects.Agent>("agent")
    .WithReference(ingest).WaitFor(ingest)
    .WithEnvironment("Auth__Key", agentKey)
    .WithStateOf(launch);

// It waits for nobody: while a service starts, its pages say so.
builder.AddProject<Projects.Web>("web")
    .WithReference(ingest).WithReference(aggregator).WithReference(operations)
    .WithHttpHealthCheck("/health")
    .WithLoginLink(launch, adminKey);

builder.AddDeploymentFiles().Build().Run();
