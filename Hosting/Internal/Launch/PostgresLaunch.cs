using System.Globalization;
using Aspire.Hosting.Internal.Health;

namespace Aspire.Hosting.Internal.Launch;

/// <summary>Starts the installed PostgreSQL as a child process, with everything it keeps in one directory.</summary>
internal static class PostgresLaunch
{
    /// <param name="directory">What the server keeps; directly below the state directory.</param>
    /// <param name="port">On loopback.</param>
    /// <param name="password">Of the user postgres.</param>
    /// <param name="initFiles">A folder with the SQL files that fill a new server, or null.</param>
    public static LaunchPlan Plan(string directory, int port, string password, string? initFiles)
    {
        string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
        var script = Path.Combine(AppContext.BaseDirectory, "postgres.sh");
        // The files run on a spare port: nobody shall see the server half filled.
        string[] arguments = [script, FindBinaries(), directory, Number(port), Number(Ports.Free()), .. initFiles is null ? Array.Empty<string>() : [initFiles]];
        return new(
            new("/bin/sh", arguments, directory, new Dictionary<string, string> { ["PGPASSWORD"] = password }),
            [TcpProbe.Postgres(port)]);
    }

    /// <summary>The folder with the newest installed server's programs.</summary>
    /// <exception cref="DistributedApplicationException">PostgreSQL is not installed; the message says how to mend it.</exception>
    public static string FindBinaries()
    {
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian) ? Directory.GetDirectories(Debian) : [];
        var path = System.Environment.GetEnvironmentVariable("PATH") ?? "";
        return versions.OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
                .Concat(path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "psql")))
            ?? throw new DistributedApplicationException(
                "PostgreSQL is not installed. Install Debian's package postgresql (./run.sh --demo-original does it where it can).");
    }
}
