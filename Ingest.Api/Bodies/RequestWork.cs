namespace LaunchStack.Ingest.Api.Bodies;

/// <summary>What a request makes the service do before there are rows of it: bytes of its body, decoded, and of the names and labels looked at.</summary>
internal sealed class RequestWork
{
    /// <summary>So many until now.</summary>
    public long Bytes { get; private set; }

    /// <summary>The work of a request.</summary>
    public static RequestWork Of(HttpContext http)
    {
        if (http.Features.Get<RequestWork>() is not { } work)
            http.Features.Set(work = new());
        return work;
    }

    /// <summary>Counts some.</summary>
    public void Add(long bytes) => Bytes += bytes;
}
