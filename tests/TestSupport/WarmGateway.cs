using System.Collections.Concurrent;
using System.Text.Json;

namespace LaunchStack.TestSupport;

/// <summary>
/// A process that serves the database of one test after another (<c>gateways.mjs</c>), over copies of one template: in a process of its own
/// each would compile and start PostgreSQL anew, which takes more processor time than most tests do. It ends with the test process.
/// </summary>
internal sealed class WarmGateway : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ConcurrentDictionary<string, ConcurrentBag<WarmGateway>> Idle = [];
    private static int _served;

    private readonly string _template;
    private readonly TemporaryDirectory _directory = new("timescale");
    private readonly TemporaryDirectory _started = new("timescale-started");
    private readonly ChildProcess _process;
    private bool _rewound;
    private string _name = "";

    private WarmGateway(string template)
    {
        _template = template;
        _process = EmbeddedGateway.LaunchScript(Path.Combine(RepositoryRoot.Path, "tests", "TestSupport", "gateways.mjs"), []);
        _process.DieWithTests(_directory, _started);
    }

    /// <summary>A gateway over a copy of the template, and what gives it back when nobody needs it any more.</summary>
    public static async Task<(EmbeddedGateway Gateway, Func<ValueTask> GiveBack)> ServeAsync(string template, string[] options)
    {
        var gateway = Idle.GetOrAdd(template, []).TryTake(out var idle) ? idle : new(template);
        return (await gateway.ServeAsync(options), gateway.GiveBackAsync);
    }

    private async Task<EmbeddedGateway> ServeAsync(string[] options)
    {
        _name = $"database {Interlocked.Increment(ref _served)}";
        TemplateDatabase.Copy(_rewound ? _started.Path : _template, _directory.Path);
        await _process.SendLineAsync(JsonSerializer.Serialize(new { name = _name, directory = _directory.Path, options, rewound = _rewound }));
        var ready = await _process.WaitForLineAsync($"serving {_name} on ", Patience);
        // What its memory has been read from and written to by now; nobody is connected yet.
        if (!_rewound)
            TemplateDatabase.Copy(_directory.Path, _started.Path);
        return new EmbeddedGateway(_process, ready);
    }

    // A process that a test has killed, or that does not come to its end, serves no other.
    private async ValueTask GiveBackAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                await _process.SendLineAsync("");
                var left = await _process.WaitForLineAsync($"{_name} is left", Patience);
                _rewound = left.EndsWith("can be rewound", StringComparison.Ordinal);
                Idle[_template].Add(this);
                return;
            }
        }
        catch (Exception stuck) when (stuck is TimeoutException or InvalidOperationException or IOException)
        {
            await _process.KillAsync();
        }
        Dispose();
    }

    public void Dispose()
    {
        _directory.Dispose();
        _started.Dispose();
    }
}
