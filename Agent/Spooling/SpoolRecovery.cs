using System.Globalization;
using LaunchStack.Agent.State;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Spooling;

/// <summary>Reads what an earlier run, or anybody else, left in the spool's directory. Nothing in it keeps the agent from starting.</summary>
internal sealed partial class SpoolRecovery(string directory, SpoolDamage damage, ILogger logger)
{
    // Room above it for the numbers to come: beyond it lies nothing a spool has ever counted to.
    public const long MaxNumber = long.MaxValue / 2;

    /// <summary>Number for the next segment: larger than any that lies there.</summary>
    public long NextNumber { get; private set; }

    /// <summary>Opens all segments, oldest first, and removes what a killed process or a failing disk left half written.</summary>
    public List<SpoolSegment> OpenSegments(Func<long, long> segmentBytes)
    {
        var segments = new List<SpoolSegment>();
        var files = Find();
        var maxBytes = segmentBytes(files.Sum(file => new FileInfo(file.Path) is { Exists: true } found ? found.Length : 0));
        for (var i = 0; i < files.Length; i++)
        {
            var (path, number) = files[i];
            NextNumber = number + 1;
            if (Open(path, number, segments is [.., var before] ? before.Next : 0, maxBytes) is not { } segment)
                continue;

            NextNumber = number + damage.Examine(segment, mayBeTorn: i == files.Length - 1);
            if (segment.Count > 0)
                segments.Add(segment);
            else
                Delete(segment);
        }

        return segments;
    }

    /// <summary>Makes the directory.</summary>
    public bool TryCreateDirectory()
    {
        if (File.Exists(directory))
            Obstacle.TryMove(directory, "it is no directory", logger);
        try
        {
            Directory.CreateDirectory(directory);
            return true;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            LogNoDirectory(directory, failure.Message);
            return false;
        }
    }

    /// <summary>Deletes a segment that is not needed any more.</summary>
    public void Delete(SpoolSegment segment)
    {
        segment.Dispose();
        try
        {
            File.Delete(segment.Path);
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            LogNotDeleted(segment.Path, failure.Message);
        }
    }

    private (string Path, long Number)[] Find()
    {
        var found = new List<(string Path, long Number)>();
        foreach (var path in Directory.GetFileSystemEntries(directory, "*" + SpoolSegment.Extension))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number <= MaxNumber
                && path == SpoolSegment.PathOf(directory, number))
                found.Add((path, number));
            else
                LogForeign(path);
        }

        return [.. found.OrderBy(file => file.Number)];
    }

    private SpoolSegment? Open(string path, long number, long first, long maxBytes)
    {
        try
        {
            return SpoolSegment.Open(path, number, first, maxBytes);
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            Obstacle.TryMove(path, failure.Message, logger);
            return null;
        }
    }

    [LoggerMessage(EventName = "SpoolDirectoryMissing", Level = LogLevel.Error, Message = "{Directory} cannot be made ({Reason}): samples wait in memory")]
    private partial void LogNoDirectory(string directory, string reason);

    [LoggerMessage(EventName = "SpoolFileForeign", Level = LogLevel.Warning, Message = "{File} is no segment of the spool and is left alone: a segment is named by 19 digits")]
    private partial void LogForeign(string file);

    [LoggerMessage(EventName = "SpoolFileNotDeleted", Level = LogLevel.Error, Message = "{File} is not needed any more and cannot be deleted ({Reason})")]
    private partial void LogNotDeleted(string file, string reason);
}
