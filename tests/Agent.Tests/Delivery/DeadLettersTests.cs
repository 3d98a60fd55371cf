using System.Text.Json;
using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Tests.Delivery;

public sealed class DeadLettersTests : IDisposable
{
    private static readonly DeadLetter Letter = new(
        new SpooledSample(DeliveryBench.Instance, "{\"disk_usage\":1}"u8.ToArray()), "out_of_range", "line\nbreak");

    private readonly TemporaryDirectory _directory = new();
    private readonly SentLog _log = new();

    [Fact]
    public void A_full_file_is_put_behind_and_a_new_one_begun()
    {
        var letters = Letters(maxBytes: 1000);
        for (var i = 0; i < 100; i++)
            Assert.True(letters.TryAdd([Letter]));

        Assert.InRange(new FileInfo(letters.Path).Length, 1, 1200);
        Assert.InRange(new FileInfo(_directory.File("dead.1.ndjson")).Length, 1000, 1200);
        Assert.All(File.ReadAllLines(letters.Path), line => Assert.EndsWith("\"sample\":{\"disk_usage\":1}}", line, StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Theory]
    [InlineData("dead.ndjson")]
    [InlineData("dead.1.ndjson")]
    public void A_directory_in_its_place_is_moved_away_and_the_letter_kept(string name)
    {
        Directory.CreateDirectory(_directory.File(name));
        var letters = Letters(maxBytes: 1);

        Assert.True(letters.TryAdd([Letter]));
        Assert.True(letters.TryAdd([Letter]));

        Assert.Single(File.ReadAllLines(letters.Path));
        Assert.Single(File.ReadAllLines(_directory.File("dead.1.ndjson")));
        Assert.True(Directory.Exists(_directory.File($"{name}.corrupt")));
        Assert.Contains(_log.Lines, line => line is { Level: LogLevel.Warning, Event: "StateFileMoved" } && line.Text.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void A_link_to_nowhere_is_moved_away_too()
    {
        File.CreateSymbolicLink(_directory.File("dead.ndjson"), "/no/such/directory/file");
        var letters = Letters();
        Assert.True(letters.TryAdd([Letter]));
        Assert.Single(File.ReadAllLines(letters.Path));
    }

    [Fact]
    public void Half_a_line_of_a_killed_process_spoils_no_other()
    {
        var letters = Letters();
        File.WriteAllText(letters.Path, "{\"at\":\"2026-");
        Assert.True(letters.TryAdd([Letter, Letter]));
        Assert.All(File.ReadAllLines(letters.Path)[1..], line => JsonDocument.Parse(line).Dispose());
        Assert.Equal(3, File.ReadAllLines(letters.Path).Length);
    }

    [Fact]
    public void A_full_disk_is_said_and_not_waited_for()
    {
        File.CreateSymbolicLink(_directory.File("dead.ndjson"), "/dev/full");
        Assert.False(Letters().TryAdd([Letter]));
        Assert.Contains(_log.Lines, line => line is { Level: LogLevel.Error, Event: "DeadLettersLost" });
        Assert.Single(Directory.GetFileSystemEntries(_directory.Path));
    }

    public void Dispose() => _directory.Dispose();

    private DeadLetters Letters(long maxBytes = 1 << 20) => new(_directory.Path, new WatchedTime(), _log.CreateLogger<DeadLetters>(), maxBytes);
}
