using LaunchStack.Auth;
using LaunchStack.Operations.Advice;
using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Backups.Restore;
using LaunchStack.Operations.Monitoring;
using LaunchStack.ServiceDefaults;
using LaunchStack.ServiceDefaults.Problems;

// The real day: there may be no database and no configuration.
if (args is [RestoreCommand.Name, ..])
    return await RestoreCommand.RunAsync(args);

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
// Of its share of six connections monitoring has one and a backup two outside this pool.
builder.AddTimescale(maxPoolSize: 3);
builder.AddKeyAuthentication();

builder.AddProblems();
builder.AddMonitoring();
builder.AddBackups();
builder.AddAdvice();
builder.Services.AddOpenApi();

var app = builder.Build();

app.UseProblems();
app.UseAuthentication();
app.UseAuthorization();

app.MapDefaultEndpoints();
app.MapOpenApi("/openapi/v1.json");
var api = app.MapGroup("").RequireKnownParameters();
api.MapDatabase();
api.MapAdvice();
api.MapBackups();

await app.RunAsync();
return 0;
