namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>How a body of one coding is decoded.</summary>
/// <param name="Decoder">Makes the decoder of a body.</param>
/// <param name="Window">Bytes at most that it keeps to refer to.</param>
/// <param name="HasMembers">Several may stand one after the other, and make one body: gzip's members, zstd's frames.</param>
internal sealed record Coding(Func<Stream, Stream> Decoder, int Window, bool HasMembers);
