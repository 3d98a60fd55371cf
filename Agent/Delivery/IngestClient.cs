using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Agent.Spooling;

namespace LaunchStack.Agent.Delivery;

/// <summary>Speaks to Ingest.Api and sorts its answers. It never retries: what is not taken stays in the spool.</summary>
internal sealed class IngestClient(HttpClient http, BearerKey key, TimeProvider time)
{
    /// <summary><c>POST /v1/usage</c> with all samples as one gzipped array.</summary>
    public Task<IngestAnswer> PostAsync(IReadOnlyList<SpooledSample> samples, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(Compress(samples));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        return SendAsync(new(HttpMethod.Post, "v1/usage") { Content = content }, ReadReceiptAsync, cancellationToken);
    }

    /// <summary><c>PUT /v1/instances/{id}</c>.</summary>
    public Task<IngestAnswer> RegisterAsync(Guid id, string name, CancellationToken cancellationToken)
    {
        var content = JsonContent.Create(new InstanceRegistration(name), IngestJson.Default.InstanceRegistration);
        return SendAsync(
            new(HttpMethod.Put, $"v1/instances/{id:D}") { Content = content },
            (_, _) => Task.FromResult<IngestAnswer>(new IngestAnswer.Taken(new(0, 0, null))),
            cancellationToken);
    }

    private async Task<IngestAnswer> SendAsync(
        HttpRequestMessage request,
        Func<HttpResponseMessage, CancellationToken, Task<IngestAnswer>> read,
        CancellationToken cancellationToken)
    {
        using (request)
        {
            try
            {
                request.Headers.Authorization = key.Header();
                using var response = await http.SendAsync(request, cancellationToken);
                return response.IsSuccessStatusCode
                    ? await read(response, cancellationToken)
                    : await SortAsync(response, cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new IngestAnswer.Away($"no answer within {http.Timeout:c}", null);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException)
            {
                return new IngestAnswer.Away(failure.Message, null);
            }
            catch (Exception failure) when (failure is UnauthorizedAccessException or FormatException)
            {
                return new IngestAnswer.Misconfigured($"the key cannot be used: {failure.Message}", null);
            }
        }
    }

    private async Task<IngestAnswer> SortAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken);
        // Everything in the request was rejected, sample by sample: that is an outcome, not a faulty request.
        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity && problem?.Rejected is { Count: > 0 } rejected)
            return new IngestAnswer.Taken(new(problem.Accepted ?? 0, problem.Duplicates ?? 0, rejected));

        var status = (int)response.StatusCode;
        var reason = AnswerText.Reason(status, problem);
        return status switch
        {
            400 or 409 or 413 or 422 => new IngestAnswer.Refused(status, reason),
            408 or 425 or 429 or >= 500 => new IngestAnswer.Away(reason, RetryAfter(response)),
            _ => new IngestAnswer.Misconfigured(reason, RetryAfter(response)),
        };
    }

    private static async Task<IngestAnswer> ReadReceiptAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            if (await response.Content.ReadFromJsonAsync(IngestJson.Default.UsageReceipt, cancellationToken) is { } receipt)
                return new IngestAnswer.Taken(receipt);
        }
        catch (JsonException)
        {
            // Falls through: a proxy's page is no receipt, and without a receipt nothing may be forgotten.
        }

        return new IngestAnswer.Misconfigured($"{(int)response.StatusCode} without a receipt: is Agent:Endpoint Ingest.Api?", null);
    }

    private static async Task<IngestProblem?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
            return null;
        try
        {
            return await response.Content.ReadFromJsonAsync(IngestJson.Default.IngestProblem, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
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
