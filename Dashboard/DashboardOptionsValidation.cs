using Microsoft.Extensions.Options;

namespace LaunchStack.Dashboard;

/// <summary>Stops the start with a message that names the configuration key.</summary>
internal sealed class DashboardOptionsValidation : IValidateOptions<DashboardOptions>
{
    public ValidateOptionsResult Validate(string? name, DashboardOptions options) =>
        options.Fault() is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
}
