using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Tests.Support;

/// <summary>Keeps what is logged.</summary>
internal sealed class SentLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Event, string Text)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public ILogger<T> Of<T>() => new Logger<T>(this);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, eventId.Name ?? "", formatter(state, exception)));

    public void Dispose()
    {
    }
}
