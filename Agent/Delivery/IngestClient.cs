using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using LaunchStack.Agent.Spooling;

namespace LaunchStack.Agent.Delivery;

/// <summary>Speaks to Ingest.Api. It never retries and never throws: what is not taken stays in the spool.</summary>
internal sealed class IngestClient(HttpClient http, BearerKey key, TimeProvider time)
{
    /// <summary>Longest answer read: ten thousand rejections of 300 bytes are 3 MB.</summary>
    public const int MaxReplyBytes = 8 << 20;

    /// <summary><c>POST /v1/usage</c> with all samples as one gzipped array.</summary>
    public Task<IngestAnswer> PostAsync(IReadOnlyList<SpooledSample> samples, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(Compress(samples));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        return SendAsync(
            new(HttpMethod.Post, "v1/usage") { Content = content },
            reply => ReplyReader.OfPost(reply, samples.Count),
            cancellationToken);
    }

    /// <summary><c>PUT /v1/instances/{id}</c>.</summary>
    public Task<IngestAnswer> RegisterAsync(Guid id, string name, CancellationToken cancellationToken)
    {
        var content = JsonContent.Create(new InstanceRegistration(name), IngestJson.Default.InstanceRegistration);
        return SendAsync(new(HttpMethod.Put, $"v1/instances/{id:D}") { Content = content }, ReplyReader.OfRegistration, cancellationToken);
    }

    private async Task<IngestAnswer> SendAsync(
        HttpRequestMessage request, Func<IngestReply, IngestAnswer> read, CancellationToken cancellationToken)
    {
        using (request)
        {
            try
            {
                if (key.TryRead(out var reason) is not { } bearer)
                    return new IngestAnswer.Misconfigured(reason);
                request.Headers.Authorization = bearer;
                using var response = await http.SendAsync(request, cancellationToken);
                return read(new(
                    (int)response.StatusCode,
                    response.Content.Headers.ContentType?.MediaType,
                    await response.Content.ReadAsByteArrayAsync(cancellationToken),
                    RetryAfter(response)));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new IngestAnswer.Unavailable($"no answer within {http.Timeout:c}");
            }
            // What the handlers throw at bytes that are no HTTP, or at names that are no hosts, is an open set.
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                return new IngestAnswer.Unavailable(AnswerText.OneLine(failure.Message));
            }
        }
    }

    /// <summary>A date is compared to the server's own clock: this machine's may be off.</summary>
    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - (response.Headers.Date ?? time.GetUtcNow()),
        _ => null,
    };

    private static byte[] Compress(IReadOnlyList<SpooledSample> samples)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.WriteByte((byte)'[');
            for (var i = 0; i < samples.Count; i++)
            {
                if (i > 0)
                    gzip.WriteByte((byte)',');
                gzip.Write(samples[i].Json.Span);
            }

            gzip.WriteByte((byte)']');
        }

        return target.ToArray();
    }
}
