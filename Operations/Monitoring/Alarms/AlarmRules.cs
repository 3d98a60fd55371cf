namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Every alarm there is.</summary>
internal static class AlarmRules
{
    /// <summary>The one rule that looks at no reading: that there is none.</summary>
    public static readonly AlarmRule Blind = new("monitoring-blind", TimeSpan.FromSeconds(30), _ => []);

    public static IReadOnlyList<AlarmRule> All { get; } = [Blind, .. JobRules.All, .. StorageRules.All, .. PipelineRules.All, .. ServerRules.All, .. BackupRules.All];
}
