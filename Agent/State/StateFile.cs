using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.State;

/// <summary>A small file of the state directory, read and replaced as a whole.</summary>
internal static class StateFile
{
    /// <summary>Its bytes; null if it is no file, longer than <paramref name="maxBytes"/>, or cannot be read.</summary>
    public static byte[]? Read(string path, int maxBytes)
    {
        try
        {
            // Opened for writing too where possible: a pipe in its place would keep a reader waiting for a writer.
            using var file = File.OpenHandle(path, FileMode.Open, new FileInfo(path).IsReadOnly ? FileAccess.Read : FileAccess.ReadWrite);
            if (RandomAccess.GetLength(file) is var length && length > maxBytes)
                return null;
            var bytes = new byte[length];
            return bytes[..RandomAccess.Read(file, bytes, 0)];
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            return null;
        }
    }

    /// <summary>Replaces it at once: whatever happens, the old bytes or the new ones are there.</summary>
    /// <returns>Null, or why it cannot be written.</returns>
    public static string? TryWrite(string path, ReadOnlySpan<byte> bytes, bool fsync, ILogger logger)
    {
        var draft = path + ".new";
        try
        {
            if (Directory.Exists(draft))
                Obstacle.TryMove(draft, "it is a directory", logger);
            File.Delete(draft); // of a killed process, or a link that leads elsewhere
            using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                if (fsync)
                    file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            return null;
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            return failure.Message;
        }
    }
}
