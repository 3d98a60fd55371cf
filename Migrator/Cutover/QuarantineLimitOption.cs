using System.CommandLine;
using System.Globalization;
using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Cutover;

/// <summary><c>--quarantine-limit PERCENT</c></summary>
internal static class QuarantineLimitOption
{
    public static Option<double> Create()
    {
        var option = new Option<double>("--quarantine-limit")
        {
            Description = "How much of a table may stay behind in quarantine, in percent of its rows; never all of it.", HelpName = "PERCENT",
            DefaultValueFactory = _ => QuarantineLimit.Default.Percent,
        };
        option.Validators.Add(result =>
        {
            // The tokens: asking for the value of something that is no number throws.
            if (result.Tokens is [var given]
                && !(double.TryParse(given.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100))
                result.AddError("--quarantine-limit must be a number from 0 to 100.");
        });
        return option;
    }
}
