using System.CommandLine;
using System.Globalization;

namespace LaunchStack.Migrator.Session;

/// <summary><c>--workers N</c></summary>
internal static class WorkersOption
{
    private const int Most = 64;

    public static Option<int> Create()
    {
        var option = new Option<int>("--workers")
        {
            Description = "Connections to each side that work at once; fewer where a server has not as many.",
            DefaultValueFactory = _ => Math.Min(Environment.ProcessorCount, Most),
        };
        option.Validators.Add(result =>
        {
            // The tokens: asking for the value of something that is no number throws.
            if (result.Tokens is [var given] && !(int.TryParse(given.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Most))
                result.AddError($"--workers must be a number from 1 to {Most}.");
        });
        return option;
    }
}
