using LaunchStack.Operations.Backups.Drills;
using LaunchStack.Operations.Backups.Methods;
using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace LaunchStack.Operations.Backups;

/// <summary>Registers what makes backups and tries them.</summary>
public static class BackupSetup
{
    /// <summary>Adds the service; without <c>Backups:Directory</c> it does nothing.</summary>
    public static void AddBackups(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSection<BackupOptions>(BackupOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<BackupOptions>, BackupOptionsValidator>();
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptions<BackupOptions>>().Value);
        builder.Services.AddSingleton(new BackupSource(builder.Configuration.GetConnectionString("launchstack")!));
        builder.Services.AddSingleton<IBackupMethod, DumpMethod>();
        builder.Services.AddSingleton<IBackupMethod, SnapshotMethod>();
        builder.Services.AddSingleton<BackupStore>();
        builder.Services.AddSingleton<BackupRunner>();
        builder.Services.AddSingleton<DrillRunner>();
        builder.Services.AddSingleton<BackupService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<BackupService>());
    }
}
