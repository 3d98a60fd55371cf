using LaunchStack.Auth;
using LaunchStack.Operations.Monitoring;
using LaunchStack.ServiceDefaults;
using LaunchStack.ServiceDefaults.Problems;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddTimescale(maxPoolSize: 6);
builder.AddKeyAuthentication();

builder.AddProblems();
builder.AddMonitoring();
builder.Services.AddOpenApi();

var app = builder.Build();

app.UseProblems();
app.UseAuthentication();
app.UseAuthorization();

app.MapDefaultEndpoints();
app.MapOpenApi("/openapi/v1.json");
app.MapDatabase();

await app.RunAsync();
