using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>Why a body is refused as a whole: nothing of it was kept.</summary>
internal static class Refusal
{
    /// <summary>Not the protocol's format, at a byte of the decompressed body.</summary>
    public static RequestException Malformed(long position, string reason) =>
        new(StatusCodes.Status400BadRequest, $"Byte {position}: {reason}.");

    /// <summary>Not the protocol's format as a whole.</summary>
    public static RequestException Malformed(string reason, Exception? cause = null) =>
        new(StatusCodes.Status400BadRequest, reason, cause);

    /// <summary>Beyond a limit; the reason names the limit's configuration key.</summary>
    public static RequestException TooLarge(string reason) =>
        new(StatusCodes.Status413PayloadTooLarge, reason);

    /// <summary>A content type or encoding that is not understood; the reason names those that are.</summary>
    public static RequestException Unsupported(string reason) =>
        new(StatusCodes.Status415UnsupportedMediaType, reason);
}
