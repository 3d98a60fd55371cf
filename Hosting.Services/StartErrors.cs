using Aspire.Hosting;

namespace LaunchStack.Hosting.Services;

/// <summary>How an app host that refuses to start says so.</summary>
public static class StartErrors
{
    /// <summary>A <see cref="DistributedApplicationException"/> that nobody catches is one line on the console and exit code 1, not a stack trace and a core dump.</summary>
    public static void PrintPlainly() => AppDomain.CurrentDomain.UnhandledException += (_, error) =>
    {
        // Run waits for a task, whose exceptions come in an aggregate.
        var cause = error.ExceptionObject is AggregateException { InnerExceptions: [var inner] } ? inner : error.ExceptionObject;
        if (cause is not DistributedApplicationException refused)
            return;
        Console.Error.WriteLine($"error: {refused.Message}");
        Environment.Exit(1);
    };
}
