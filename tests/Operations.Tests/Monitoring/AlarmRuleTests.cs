using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.Operations.Monitoring.Snapshot;
using LaunchStack.Operations.Tests.Support;
using LaunchStack.TestSupport;

namespace LaunchStack.Operations.Tests.Monitoring;

public sealed class AlarmRuleTests
{
    // What makes each rule speak, beside a reading in which nothing is wrong.
    private static readonly Dictionary<string, (DatabaseSnapshot Wrong, string Named)> Cases = new()
    {
        ["job-failing"] = (WithJob(j => j with { ConsecutiveFailures = 3, LastError = "no such function" }), "no such function"),
        ["job-stopped"] = (WithJob(j => j with { Scheduled = false }), "policy_compression of resource_usage"),
        ["job-never-run"] = (WithJob(j => j with { LastStart = null, LastSuccess = null, NextStart = null }), "never run"),
        ["job-overdue"] = (WithJob(j => j with { NextStart = Snapshots.Now.AddMinutes(-6) }), "2026-11-26 11:54:00Z"),
        ["job-running-long"] = (WithJob(j => j with { RunningForSeconds = 61, UsualSeconds = 30 }), "usually takes 30 s"),
        ["disk-nearly-full"] = (Snapshots.Calm with { Disk = Snapshots.Calm.Disk! with { FreeBytes = 9L << 30 } }, "9 GiB of 100 GiB"),
        ["chunk-uncompressed"] = (
            Snapshots.Calm with { OverdueChunks = [new("_timescaledb_internal._hyper_1_1_chunk", "resource_usage", Snapshots.Now.AddDays(-9), Snapshots.Now.AddDays(-8), 86_400)] },
            "_hyper_1_1_chunk of resource_usage"),
        ["open-chunk-index"] = (Snapshots.Calm with { OpenChunks = new(1, 2L << 30, 1) }, "2 GiB"),
        ["rollup-behind"] = (
            Snapshots.Calm with { Rollups = [new("resource_usage_hourly", Snapshots.Now, 0, 2, Snapshots.Now.AddDays(-2), Snapshots.Now.AddDays(-1))] }, "resource_usage_hourly lacks"),
        ["outbox-waiting"] = (Snapshots.Calm with { Outbox = new(7, 61, 0) }, "7 events"),
        ["outbox-unpublishable"] = (Snapshots.Calm with { Outbox = new(0, 0, 1) }, "1 events can never"),
        ["samples-late"] = (Snapshots.Calm with { Lateness = Snapshots.Calm.Lateness! with { RecentLateSamples = 51 } }, "51 came"),
        ["connections-nearly-used"] = (Snapshots.Calm with { Connections = new(91, 100, 2, 80) }, "91 of 100"),
        ["transaction-id-age"] = (Snapshots.Calm with { Transactions = new(1_000_000_001, 200_000_000, 1) }, "1,000,000,001"),
        ["replication-lag"] = (Snapshots.Calm with { Replicas = [new("standby", "streaming", 1000, 61)] }, "standby (streaming)"),
        ["backup-missing"] = (Snapshots.Calm with { Backups = Snapshots.Calm.Backups! with { LastMade = Snapshots.Now.AddDays(-3) } }, "2026-11-23"),
        ["drill-failed"] = (Snapshots.Calm with { Backups = Snapshots.Calm.Backups! with { DrillOutcome = "failed", DrillFinding = "users: is missing" } }, "Backup a is not what was backed up: users: is missing"),
        ["replication-slot-inactive"] = (Snapshots.Calm with { Slots = [new("gone", false, 2L << 30)] }, "gone; it keeps 2 GiB"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_rule_says_nothing_of_a_calm_database_and_names_what_is_wrong_with_another(string name)
    {
        var rule = AlarmRules.All.Single(r => r.Name == name);

        Assert.Empty(rule.Find(Snapshots.Calm));
        Assert.Contains(Cases[name].Named, Assert.Single(rule.Find(Cases[name].Wrong)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_has_a_case_here_and_no_rule_speaks_of_what_another_one_means()
    {
        Assert.Equal(AlarmRules.All.Select(r => r.Name).Where(n => n != AlarmRules.Blind.Name).Order(), Cases.Keys.Order());
        foreach (var (name, (wrong, _)) in Cases)
            Assert.Equal([name], AlarmRules.All.Where(r => r.Find(wrong).Any()).Select(r => r.Name));
    }

    [Theory]
    [InlineData(60L, 30, 6_000_000, null)]
    [InlineData(60L, 6.5, 6_000_000, "6.5 days")]
    [InlineData(60L, 30, 1800, "30 min")]
    public void A_disk_that_will_be_full_soon_is_named_before_it_is(long freeGiB, double days, double seconds, string? named)
    {
        var snapshot = Snapshots.Calm with { Disk = new(100L << 30, freeGiB << 30, 1 << 30, days, seconds) };
        var found = AlarmRules.All.Single(r => r.Name == "disk-nearly-full").Find(snapshot).ToList();
        if (named is null)
            Assert.Empty(found);
        else
            Assert.Contains(named, Assert.Single(found).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_the_migrator_has_paused_is_no_alarm() =>
        Assert.All(AlarmRules.All, rule => Assert.Empty(rule.Find(WithJob(j => j with { Scheduled = false, PausedByMigrator = true }))));

    [Fact]
    public void Every_alarm_has_a_runbook_with_meaning_impact_diagnosis_and_remedy()
    {
        Assert.All(AlarmRules.All, rule =>
        {
            var text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, rule.Runbook));
            Assert.StartsWith($"# {rule.Name}\n", text, StringComparison.Ordinal);
            Assert.All(["Meaning", "Impact", "Diagnosis", "Remedy"], part => Assert.Contains($"\n## {part}\n", text, StringComparison.Ordinal));
        });
    }

    private static DatabaseSnapshot WithJob(Func<JobState, JobState> change) => Snapshots.Calm with { Jobs = [change(Snapshots.Job())] };
}
