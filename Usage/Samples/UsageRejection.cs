namespace LaunchStack.Usage.Samples;

/// <summary>Why one sample of a request was not kept.</summary>
/// <param name="Index">Its place in the request, from 0 (line-oriented protocols: whatever they number by).</param>
/// <param name="Code">One of <see cref="RejectionCodes"/>.</param>
/// <param name="Detail">The reason in words, naming the field.</param>
public readonly record struct UsageRejection(int Index, string Code, string Detail);
