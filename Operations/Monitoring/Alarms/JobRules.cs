using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>Alarms about the jobs of TimescaleDB, whoever runs them.</summary>
internal static class JobRules
{
    // The aggregator looks for failed jobs every 30 s and runs them itself; what it mends is no alarm.
    private static readonly TimeSpan Repair = TimeSpan.FromSeconds(40);

    // A scheduler starts due jobs within seconds; where the aggregator runs them they wait for each other.
    private static readonly TimeSpan Overdue = TimeSpan.FromMinutes(5);

    // Of a job that usually takes a second, twice as long says nothing.
    private static readonly TimeSpan MinLongRun = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<AlarmRule> All { get; } =
    [
        new("job-failing", Repair, snapshot => snapshot.Jobs.Where(job => job.Failing).Select(job => new Finding(
            Subject(job), $"{job} fails: {job.ConsecutiveFailures} in a row, the last: {job.LastError ?? "no message"}."))),
        new("job-stopped", TimeSpan.Zero, snapshot => snapshot.Jobs.Where(job => job is { Scheduled: false, PausedByMigrator: false }).Select(job => new Finding(
            Subject(job), $"{job} is not scheduled."))),
        new("job-never-run", Overdue, snapshot => snapshot.Jobs.Where(job => job is { Scheduled: true, EverRun: false }).Select(job => new Finding(
            Subject(job), $"{job} has never run."))),
        new("job-overdue", TimeSpan.Zero, snapshot => snapshot.Jobs
            .Where(job => job is { Scheduled: true, EverRun: true, RunningForSeconds: null } && snapshot.ReadAt - job.NextStart > Overdue)
            .Select(job => new Finding(Subject(job), $"{job} should have started at {job.NextStart:u}."))),
        new("job-running-long", TimeSpan.Zero, snapshot => snapshot.Jobs.Where(IsLong).Select(job => new Finding(
            Subject(job), $"{job} has been running for {Text.Span(job.RunningForSeconds)}; it usually takes {Text.Span(job.UsualSeconds)}."))),
    ];

    // Without a usual time: half of its interval, after which it would soon be late for the next run.
    private static bool IsLong(JobState job) =>
        job.RunningForSeconds > Math.Max(MinLongRun.TotalSeconds, job.UsualSeconds * 2 ?? Math.Max(600, job.ScheduleIntervalSeconds / 2));

    private static string Subject(JobState job) => $"job {job.JobId}";
}
