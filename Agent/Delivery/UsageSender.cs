using System.Diagnostics;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent.Delivery;

/// <summary>
/// Takes the oldest samples from the spool and sends them. A sample leaves the spool only when a receipt accounts for it: as
/// accepted, as a duplicate, or as refused for good, which makes it a dead letter.
/// </summary>
internal sealed partial class UsageSender(
    Spool spool,
    IngestClient client,
    InstanceRegistrar registrar,
    DeadLetters deadLetters,
    AgentMetrics metrics,
    IOptions<AgentOptions> options,
    ILogger<UsageSender> logger)
{
    /// <summary>Sends one batch.</summary>
    /// <returns>Null if it is dealt with; otherwise the answer that stands in the way, and the samples are still in the spool.</returns>
    public async Task<IngestAnswer?> SendBatchAsync(CancellationToken cancellationToken)
    {
        var records = spool.Peek(options.Value.Delivery.BatchSize);
        if (records.Count == 0)
            return null;

        var samples = records.TakeWhile(record => SpooledSample.IsOne(record.Payload))
            .Select(record => new OutgoingSample(SpooledSample.Decode(record.Payload), record))
            .ToArray();
        if (samples.Length == 0)
        {
            // Alone, so that what is no sample becomes a dead letter once, however often those behind it have to be sent.
            var foreign = records.TakeWhile(record => !SpooledSample.IsOne(record.Payload)).ToArray();
            AddDeadLetters(foreign.Select(record => new DeadLetter(
                SpooledSample.Foreign(record.Payload), "not_a_sample", "a record of the spool is no sample")).ToArray());
            spool.Acknowledge(foreign[^1]);
            return null;
        }

        using var activity = AgentMetrics.Activities.StartActivity("send samples");
        activity?.SetTag("launchstack.samples", samples.Length);
        var obstacle = await registrar.EnsureAsync(samples.Select(sample => sample.Sample.InstanceId), cancellationToken)
            ?? await SendAsync(samples, isRepeated: false, cancellationToken);
        if (obstacle is not null)
            activity?.SetStatus(ActivityStatusCode.Error);
        return obstacle;
    }

    private async Task<IngestAnswer?> SendAsync(ArraySegment<OutgoingSample> part, bool isRepeated, CancellationToken cancellationToken)
    {
        switch (await PostAsync(part, cancellationToken))
        {
            case IngestAnswer.Taken taken:
                if (await SettleAsync(part, taken.Receipt, isRepeated, cancellationToken) is { } obstacle)
                    return obstacle;
                break;

            case IngestAnswer.Refused refused when part.Count > 1:
                // Something in it is at fault, or it is too large: halves, so that one bad sample fails alone.
                LogHalved(part.Count, refused.Reason);
                return await SendAsync(part[..(part.Count / 2)], isRepeated, cancellationToken)
                    ?? await SendAsync(part[(part.Count / 2)..], isRepeated, cancellationToken);

            case IngestAnswer.Refused refused:
                AddDeadLetters([new(part[0].Sample, $"http_{refused.Status}", refused.Reason)]);
                break;

            case var inTheWay:
                return inTheWay;
        }

        // Part by part and in order: what was settled is not sent again if the rest fails.
        if (!isRepeated)
            spool.Acknowledge(part[^1].Record);
        return null;
    }

    private async Task<IngestAnswer?> SettleAsync(
        ArraySegment<OutgoingSample> sent, UsageReceipt receipt, bool isRepeated, CancellationToken cancellationToken)
    {
        var rejected = (receipt.Rejected ?? []).Select(rejection => (Outgoing: sent[rejection!.Index!.Value], rejection.Code, rejection.Detail)).ToArray();
        var unknown = rejected.Where(sample => sample.Code == RejectedSample.UnknownInstance).Select(sample => sample.Outgoing).ToArray();
        if (unknown.Length > 0
            && (isRepeated ? WhyStillUnknown(unknown) : await IntroduceAsync(unknown, cancellationToken)) is { } obstacle)
            return obstacle;

        metrics.Settled(receipt.Accepted.GetValueOrDefault(), receipt.Duplicates.GetValueOrDefault());
        AddDeadLetters(rejected
            .Where(sample => isRepeated || sample.Code != RejectedSample.UnknownInstance)
            .Select(sample => new DeadLetter(sample.Outgoing.Sample, AnswerText.Code(sample.Code), AnswerText.OneLine(sample.Detail ?? "")))
            .ToArray());
        return null;
    }

    private async Task<IngestAnswer?> IntroduceAsync(OutgoingSample[] unknown, CancellationToken cancellationToken)
    {
        var ids = Instances(unknown);
        LogUnknown(ids.Length, unknown.Length);
        registrar.Forget(ids);
        return await registrar.EnsureAsync(ids, cancellationToken) ?? await SendAsync(unknown, isRepeated: true, cancellationToken);
    }

    /// <summary>Null where Ingest.Api will not have the instance: then its samples are refused for good.</summary>
    private IngestAnswer? WhyStillUnknown(OutgoingSample[] unknown) => Instances(unknown)
        .Select(id => registrar.AnswerFor(id) switch
        {
            IngestAnswer.Forbidden forbidden => new IngestAnswer.Misconfigured(
                $"instance {id} is unknown and the key may not register it ({forbidden.Reason}): give the key registers_instances"),
            IngestAnswer.Taken => (IngestAnswer)new IngestAnswer.Unavailable($"instance {id} is registered and yet unknown"),
            _ => null,
        })
        .FirstOrDefault(obstacle => obstacle is not null);

    private static Guid[] Instances(OutgoingSample[] samples) => samples.Select(sample => sample.Sample.InstanceId).Distinct().ToArray();

    private async Task<IngestAnswer> PostAsync(ArraySegment<OutgoingSample> samples, CancellationToken cancellationToken)
    {
        using var _ = metrics.TimeRequest();
        var answer = await client.PostAsync(samples.Select(sample => sample.Sample).ToArray(), cancellationToken);
        metrics.Answered(answer);
        return answer;
    }

    private void AddDeadLetters(DeadLetter[] letters)
    {
        foreach (var group in letters.GroupBy(letter => letter.Code))
        {
            var (count, reason) = (group.Count(), group.First().Reason);
            if (deadLetters.TryAdd(group))
            {
                metrics.DeadLetters(count, group.Key);
                LogDeadLetters(count, group.Key, reason, deadLetters.Path);
            }
            else
            {
                metrics.Dropped(count, "dead_letter");
                LogLost(count, group.Key, reason);
            }
        }
    }

    [LoggerMessage(EventName = "BatchHalved", Level = LogLevel.Warning, Message = "Ingest.Api refuses a request of {Count} samples ({Reason}): sending it in halves")]
    private partial void LogHalved(int count, string reason);

    [LoggerMessage(EventName = "SamplesRejected", Level = LogLevel.Warning, Message = "{Count} samples rejected as {Code} ({Reason}). They are in {File}")]
    private partial void LogDeadLetters(int count, string code, string reason, string file);

    [LoggerMessage(EventName = "SamplesLost", Level = LogLevel.Error, Message = "{Count} samples rejected as {Code} ({Reason}) are lost: the dead letters cannot be written")]
    private partial void LogLost(int count, string code, string reason);

    [LoggerMessage(EventName = "InstancesUnknown", Level = LogLevel.Warning, Message = "Ingest.Api does not know {Instances} instances: registering them again and resending {Samples} samples")]
    private partial void LogUnknown(int instances, int samples);
}
