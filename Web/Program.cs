using LaunchStack.ServiceDefaults;
using LaunchStack.Web.Clients;
using LaunchStack.Web.Costs;
using LaunchStack.Web.Instances;
using LaunchStack.Web.Layout;
using LaunchStack.Web.Migration;
using LaunchStack.Web.SignIn;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddClients();
builder.AddSignIn();
builder.AddPages();
builder.AddInstances();

var app = builder.Build();

app.UsePages();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();

app.MapDefaultEndpoints();
app.MapPages();
app.MapSignOut();
app.MapInstanceFiles();
app.MapCosts();
app.MapMigrationFiles();

await app.RunAsync();
