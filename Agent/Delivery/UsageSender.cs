using System.Diagnostics;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Delivery;

/// <summary>
/// Takes the oldest samples from the spool and sends them. A sample leaves the spool only when it was taken, counted as a
/// duplicate, or set aside in the dead file.
/// </summary>
internal sealed partial class UsageSender(
    Spool spool,
    IngestClient client,
    InstanceRegistrar registrar,
    DeadFile dead,
    AgentMetrics metrics,
    IOptions<AgentOptions> options,
    ILogger<UsageSender> logger)
{
    /// <summary>Sends one batch.</summary>
    /// <returns>Null if it is dealt with; otherwise the answer that stands in the way, and the samples are still in the spool.</returns>
    /// <exception cref="IOException">Spool or dead file cannot be used.</exception>
    public async Task<IngestAnswer?> SendBatchAsync(CancellationToken cancellationToken)
    {
        var records = spool.Peek(options.Value.Delivery.BatchSize);
        if (records.Count == 0)
            return null;

        using var activity = AgentMetrics.Activities.StartActivity("send samples");
        activity?.SetTag("launchstack.samples", records.Count);
        var samples = records.Select(record => SpooledSample.Decode(record.Payload)).ToArray();

        var obstacle = await registrar.EnsureAsync(samples.Select(sample => sample.InstanceId), cancellationToken)
            ?? await SendAsync(samples, 0, samples.Length, records, cancellationToken);
        if (obstacle is not null)
            activity?.SetStatus(ActivityStatusCode.Error);
        return obstacle;
    }

    private async Task<IngestAnswer?> SendAsync(
        SpooledSample[] samples, int from, int count, IReadOnlyList<SpoolRecord> records, CancellationToken cancellationToken)
    {
        var part = new ArraySegment<SpooledSample>(samples, from, count);
        switch (await PostAsync(part, cancellationToken))
        {
            case IngestAnswer.Taken taken:
                if (await SettleAsync(part, taken.Receipt, mayRegister: true, cancellationToken) is { } obstacle)
                    return obstacle;
                break;

            case IngestAnswer.Refused refused when count > 1:
                // Something in it is at fault, or it is too large: halves, so that one bad sample fails alone.
                LogHalved(count, refused.Reason);
                return await SendAsync(samples, from, count / 2, records, cancellationToken)
                    ?? await SendAsync(samples, from + (count / 2), count - (count / 2), records, cancellationToken);

            case IngestAnswer.Refused refused:
                SetAside(part[0], $"http_{refused.Status}", refused.Reason);
                LogSetAside(1, refused.Reason, dead.Path);
                break;

            case var inTheWay:
                return inTheWay;
        }

        // Part by part and in order: what was settled is not sent again if the rest fails.
        spool.Acknowledge(records[from + count - 1]);
        return null;
    }

    private async Task<IngestAnswer?> SettleAsync(
        IReadOnlyList<SpooledSample> sent, UsageReceipt receipt, bool mayRegister, CancellationToken cancellationToken)
    {
        var rejected = (receipt.Rejected ?? []).Where(sample => sample.Index >= 0 && sample.Index < sent.Count).ToArray();
        var unknown = rejected.Where(sample => mayRegister && sample.Code == RejectedSample.UnknownInstance).Select(sample => sent[sample.Index]).ToArray();
        if (unknown.Length > 0)
        {
            var ids = unknown.Select(sample => sample.InstanceId).Distinct().ToArray();
            LogUnknown(ids.Length, unknown.Length);
            registrar.Forget(ids);
            if (await registrar.EnsureAsync(ids, cancellationToken) is { } obstacle)
                return obstacle;

            switch (await PostAsync(unknown, cancellationToken))
            {
                case IngestAnswer.Taken again:
                    await SettleAsync(unknown, again.Receipt, mayRegister: false, cancellationToken);
                    break;
                case IngestAnswer.Refused refused:
                    foreach (var sample in unknown)
                        SetAside(sample, $"http_{refused.Status}", refused.Reason);
                    LogSetAside(unknown.Length, refused.Reason, dead.Path);
                    break;
                case var inTheWay:
                    return inTheWay;
            }
        }

        metrics.Settled(receipt.Accepted, receipt.Duplicates);
        foreach (var group in rejected.Where(sample => !mayRegister || sample.Code != RejectedSample.UnknownInstance).GroupBy(sample => sample.Code))
        {
            foreach (var sample in group)
                SetAside(sent[sample.Index], group.Key, sample.Detail);
            LogRejected(group.Count(), AnswerText.OneLine(group.Key), AnswerText.OneLine(group.First().Detail ?? ""), dead.Path);
        }

        return null;
    }

    private async Task<IngestAnswer> PostAsync(IReadOnlyList<SpooledSample> samples, CancellationToken cancellationToken)
    {
        using var _ = metrics.TimeRequest();
        var answer = await client.PostAsync(samples, cancellationToken);
        metrics.Answered(answer);
        return answer;
    }

    private void SetAside(SpooledSample sample, string code, string? reason)
    {
        dead.Add(sample, code, reason);
        metrics.SetAside(code);
    }

    [LoggerMessage(EventName = "BatchHalved", Level = LogLevel.Warning, Message = "Ingest.Api refuses a request of {Count} samples ({Reason}): sending it in halves")]
    private partial void LogHalved(int count, string reason);

    [LoggerMessage(EventName = "SamplesRefused", Level = LogLevel.Error, Message = "{Count} samples set aside, Ingest.Api will not take them: {Reason}. They are in {File}")]
    private partial void LogSetAside(int count, string reason, string file);

    [LoggerMessage(EventName = "SamplesRejected", Level = LogLevel.Warning, Message = "{Count} samples rejected as {Code} ({Detail}). They are in {File}")]
    private partial void LogRejected(int count, string code, string detail, string file);

    [LoggerMessage(EventName = "InstancesUnknown", Level = LogLevel.Warning, Message = "Ingest.Api does not know {Instances} instances: registering them again and resending {Samples} samples")]
    private partial void LogUnknown(int instances, int samples);
}
