using LaunchStack.Dashboard;

await using var app = DashboardApp.Create(args);
await app.RunAsync();
