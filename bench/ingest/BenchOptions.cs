using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LaunchStack.Ingest.Bench;

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    public const string Help =
        """
        Measures samples committed per second through POST /v1/usage against writing the same rows straight with Npgsql,
        in the same run, on the same table.

        dotnet run -c Release --project bench/ingest -- [options]

          --connection STRING   database to use; its table resource_usage is EMPTIED (default: an embedded one of its own)
          --samples N           samples of a round (default 1000000; 60000 on an embedded database)
          --batch N             samples of a request (default 1000)
          --senders N           requests at once (default 4)
          --connections N       connections of the baseline (default: as many as senders)
          --instances N         instances the samples belong to (default 1000)
          --rounds N            rounds; medians are printed (default 5)
          --duplicates PERCENT  share of samples sent a second time (default 0)
          --prefill N           rows in the table before each round (default 0)
          --late 1              those rows are in a compressed chunk, and the samples come late into it
          --single N            also: requests of one sample over N connections, against a Kestrel that only reads and answers
          --rate N              also: p99 of N posts of one sample a second, of three times as many, and beside a noisy key
          --influxd PATH        also: the same points as line protocol, 5000 a post, into this InfluxDB 1 in the same rounds
          --help                this text
        """;

    public string? Connection { get; init; }

    public int Samples { get; init; }

    public int Batch { get; init; } = 1000;

    public int Senders { get; init; } = 4;

    public int Connections { get; init; }

    public int Instances { get; init; } = 1000;

    public int Rounds { get; init; } = 5;

    public int Duplicates { get; init; }

    public int Prefill { get; init; }

    public int Late { get; init; }

    public int Single { get; init; }

    public int Rate { get; init; }

    public string? Influxd { get; init; }

    public static bool TryParse(string[] args, [NotNullWhen(true)] out BenchOptions? options, [NotNullWhen(false)] out string? error)
    {
        options = null;
        error = null;
        var parsed = new BenchOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                error = $"{args[i]} wants a value.";
                return false;
            }
            var number = int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1;
            if (args[i] is not ("--connection" or "--influxd") && number < 0)
            {
                error = $"{args[i]} wants a number, not '{args[i + 1]}'.";
                return false;
            }
            var next = args[i] switch
            {
                "--connection" => parsed with { Connection = args[i + 1] },
                "--influxd" => parsed with { Influxd = args[i + 1] },
                "--samples" => parsed with { Samples = number },
                "--batch" => parsed with { Batch = number },
                "--senders" => parsed with { Senders = number },
                "--connections" => parsed with { Connections = number },
                "--instances" => parsed with { Instances = number },
                "--rounds" => parsed with { Rounds = number },
                "--duplicates" => parsed with { Duplicates = number },
                "--prefill" => parsed with { Prefill = number },
                "--late" => parsed with { Late = number },
                "--rate" => parsed with { Rate = number },
                "--single" => parsed with { Single = number },
                _ => null,
            };
            if (next is null)
            {
                error = $"{args[i]} is not an option.";
                return false;
            }
            parsed = next;
        }
        options = parsed with { Connections = parsed.Connections == 0 ? parsed.Senders : parsed.Connections };
        return true;
    }
}
