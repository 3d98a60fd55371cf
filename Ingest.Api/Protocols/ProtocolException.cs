namespace LaunchStack.Ingest.Api.Protocols;

/// <summary>The request is not what its protocol says, or larger than allowed: nothing of it was kept.</summary>
internal sealed class ProtocolException : Exception
{
    private ProtocolException(int status, string message, Exception? cause = null) : base(message, cause) => Status = status;

    /// <summary>The HTTP status to answer with.</summary>
    public int Status { get; }

    /// <summary>Not the protocol's format, at a byte of the decompressed body.</summary>
    public static ProtocolException Malformed(long position, string reason) =>
        new(StatusCodes.Status400BadRequest, $"Byte {position}: {reason}");

    /// <summary>Not the protocol's format as a whole.</summary>
    public static ProtocolException Malformed(string reason, Exception? cause = null) =>
        new(StatusCodes.Status400BadRequest, reason, cause);

    /// <summary>Beyond a limit; the reason names the limit's configuration key.</summary>
    public static ProtocolException TooLarge(string reason) =>
        new(StatusCodes.Status413PayloadTooLarge, reason);

    /// <summary>A content type or encoding that is not understood; the reason names those that are.</summary>
    public static ProtocolException Unsupported(string reason) =>
        new(StatusCodes.Status415UnsupportedMediaType, reason);
}
