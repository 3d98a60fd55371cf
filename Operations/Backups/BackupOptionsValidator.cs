using Cronos;
using Microsoft.Extensions.Options;

namespace LaunchStack.Operations.Backups;

/// <summary>What annotations cannot say.</summary>
internal sealed class BackupOptionsValidator : IValidateOptions<BackupOptions>
{
    private const int MinKeyLength = 16;

    public ValidateOptionsResult Validate(string? name, BackupOptions options)
    {
        if (options.Schedule.Length > 0 && !CronExpression.TryParse(options.Schedule, out _))
            return ValidateOptionsResult.Fail($"Backups:Schedule ('{options.Schedule}') is no cron expression of five fields, such as '0 3 * * *'.");
        return options.Key.Length is > 0 and < MinKeyLength
            ? ValidateOptionsResult.Fail($"Backups:Key is shorter than {MinKeyLength} characters.")
            : ValidateOptionsResult.Success;
    }
}
