namespace LaunchStack.Web.Tests.Browser;

/// <summary>Answers with something of everything, and names as long as they may be.</summary>
internal static class StubbedAnswers
{
    private const string Id = StubbedPages.Id;
    private const string Other = "5b0c0000-0000-4000-8000-000000000002";
    private const string Long = "the-workflow-of-a-customer-who-likes-names-that-do-not-break-anywhere-at-all";

    private const string Quantities =
        """{"cpu_core_ns":88000000000000,"memory_byte_ms":9.9e18,"disk_byte_ms":4.4e19,"network_in_bytes":123456789012,"network_out_bytes":9876543210,"covered_ms":2500000000,"uncovered_ms":60000000}""";

    private const string Rule =
        $$"""
        {"id":"{{Id}}","version":3,"name":"CPU of {{Long}}","measure":"cpu_percentage","aggregate":"average","span_seconds":60,"above":90.5,"for_seconds":600,"below":80,
         "clear_for_seconds":60,"severity":"critical","scope":"instance","instance_id":"{{Id}}","enabled":true,"muted_until":"2099-01-01T00:00:00Z"}
        """;

    private const string Statement =
        $$"""
        {"id":"{{Id}}","user_id":"{{Id}}","month":"2026-10-01","rate_card":2,"currency":"EUR","total":1234.56,"covered_share":0.993,"cutoff":"2026-11-01T02:00:00Z",
         "digest":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","frozen_at":"2026-11-01T02:00:05Z"}
        """;

    private const string Lines =
        $$"""
        [{"instance_id":"{{Id}}","measure":"cpu","unit":"core-hour","price":0.0123,"quantity":8.8e13,"free":3.6e12,"amount":0.28},
         {"instance_id":"{{Id}}","measure":"network_out","unit":"GiB","price":0.05,"quantity":123456789012,"free":0,"amount":5.75},
         {"instance_id":"{{Other}}","measure":"memory","unit":"GiB-hour","price":0.0045,"quantity":9.9e18,"free":0,"amount":1228.53}]
        """;

    private const string Alerts =
        $$"""
        [{"id":"{{Id}}","rule_id":"{{Id}}","version":3,"rule_name":"CPU of {{Long}}","severity":"critical","measure":"cpu_percentage","instance_id":"{{Id}}","instance_name":"{{Long}}",
          "state":"firing","value":97.25,"limit":90.5,"since":"2026-11-26T09:50:00Z","raised_at":"2026-11-26T10:00:00Z"},
         {"id":"{{Other}}","rule_id":"{{Other}}","version":1,"rule_name":"Most are silent","severity":"warning","measure":"platform_silence","state":"resolved","value":80,"limit":50,
          "since":"2026-11-26T08:00:00Z","raised_at":"2026-11-26T08:01:30Z","resolved_at":"2026-11-26T08:20:00Z","resolution":"below_limit"}]
        """;

    private const string Instances =
        $$"""
        {"instances":[{"instance_id":"{{Id}}","name":"{{Long}}","status":"running","liveness":"silent","user_id":"{{Id}}","last_sample_at":"2026-11-26T10:00:00Z","last_seen_at":"2026-11-26T10:00:00Z","clock_skew_seconds":95},
          {"instance_id":"{{Other}}","name":"n8n-two","status":"stopped","liveness":"stopped"}],"next":null}
        """;

    private const string Migration =
        $$"""
        {"run":{"source":"7433295012345678901/app","generation":2,"started_at":"2026-11-20T22:00:00Z","copied_at":"2026-11-20T23:10:00Z","windows":900,"done":880,"to_roll_up":4,
                "rows_per_second":41234.5,"seconds_left":375,"paused_jobs":2,"next":"catch-up"},
         "tables":[{"table":"users","source_rows":120,"moved_rows":119,"quarantined_rows":1},{"table":"payments","source_rows":5,"moved_rows":4,"quarantined_rows":0},
                   {"table":"resource_usage","source_rows":12345678,"moved_rows":12345600,"quarantined_rows":78}],
         "days":[{{Days}}],
         "quarantine":[{"table":"resource_usages","reason":"the time is infinite","rows":78,"samples":[
            {"id":4711,"instance_id":"{{Id}}","timestamp":"infinity","cpu_usage":1.5,"memory_usage":null,"network_in":"79228162514264337593543950335"},
            {"id":4712,"instance_id":"{{Other}}","timestamp":"-infinity","cpu_usage":null,"memory_usage":1024,"network_in":"0"}]},
           {"table":"users","reason":"an e-mail address that another user has too","rows":1,"samples":[{"id":1,"email":"{{Long}}@example.org"}]}]}
        """;

    private const string Day = """{"day":"2026-09-01","windows":10,"done":10,"differing":0,"to_roll_up":0,"source_rows":137174,"moved_rows":137174,"quarantined_rows":0,"state":"done"}""";
    private const string Days =
        $$"""
        {"day":null,"windows":1,"done":1,"differing":0,"to_roll_up":0,"source_rows":78,"moved_rows":0,"quarantined_rows":78,"state":"done"},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},
        {{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},{{Day}},
        {"day":"2026-10-01","windows":10,"done":10,"differing":1,"to_roll_up":4,"source_rows":137174,"moved_rows":137173,"quarantined_rows":0,"state":"differing"},
        {"day":"2026-10-02","windows":10,"done":2,"differing":0,"to_roll_up":0,"source_rows":137174,"moved_rows":20000,"quarantined_rows":0,"state":"to_do"}
        """;

    private const string Database =
        """
        {"alarms":[{"name":"job-failing","subject":"1003","reason":"Job 1003 has failed 3 times in a row: could not connect to a_host_whose_name_does_not_break.example.org.","since":"2026-11-26T01:00:00Z","runbook":"docs/runbooks/job-failing.md"},
          {"name":"job-failing","subject":"1004","reason":"Job 1004 has failed twice.","since":"2026-11-26T01:00:00Z","runbook":"docs/runbooks/job-failing.md"}],
         "database":{"read_at":"2026-11-26T12:00:00Z","server":{"postgres_version":"17.6","timescale_version":"2.29.2","embedded":false,"database_bytes":812345678901},
          "disk":{"path":"/var/lib/postgresql","total_bytes":2000000000000,"free_bytes":400000000000,"bytes_per_day":4000000000,"days_until_full":100},
          "lateness":{"samples":1234567,"p50_seconds":1.2,"p99_seconds":9,"p9999_seconds":3600},"outbox":{"waiting":12,"oldest_seconds":3,"set_aside":1},
          "connections":{"used":42,"limit":100,"active":3},
          "relations":[{"name":"resource_usage","kind":"hypertable","rows":123456789,"total_bytes":51234567890,"chunks":100,"compressed_chunks":93,"before_compression_bytes":451234567890,"after_compression_bytes":41234567890,
            "oldest":"2026-08-26T00:00:00Z","newest":"2026-11-27T00:00:00Z","chunk_interval_seconds":86400,"compress_after_seconds":604800,"drop_after_seconds":7776000}],
          "rollups":[{"name":"usage_5m","watermark":"2026-11-26T11:55:00Z","lag_seconds":300,"pending_ranges":2}],
          "jobs":[{"job_id":1003,"procedure":"policy_compression","relation":"resource_usage","scheduled":true,"schedule_interval_seconds":3600,"consecutive_failures":3,"last_error":"could not connect","last_success":"2026-11-25T12:00:00Z","next_start":"2026-11-26T13:00:00Z"},
            {"job_id":1004,"procedure":"policy_retention","relation":"resource_usage","scheduled":true,"schedule_interval_seconds":86400,"consecutive_failures":0,"running_for_seconds":12,"last_success":"2026-11-25T12:00:00Z"}],
          "unread":[]}}
        """;

    /// <summary>Of each path.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["/v1/key"] = """{"name":"the-key-of-an-administrator","scopes":["ingest","read","admin"]}""",
        ["/v1/instances"] = Instances,
        [$"/v1/instances/{Id}"] = $$"""{"instance_id":"{{Id}}","name":"{{Long}}","status":"stopped","liveness":"stopped","last_sample_at":"2026-11-26T10:00:00Z"}""",
        ["/v1/alerts"] = Alerts,
        ["/v1/alert-rules"] = $"[{Rule}]",
        [$"/v1/alert-rules/{Id}"] = Rule,
        ["/v1/alert-rules/preview"] =
            $$"""{"summary":"would have fired 7 times in 30 days, 3 h 12 min in all","from":"2026-10-27T12:00:00Z","to":"2026-11-26T12:00:00Z","fired":7,"total_seconds":11520,"instances":2,"samples":518400,"complete":true,"most":[{"instance_id":"{{Id}}","fired":7,"total_seconds":11520}]}""",
        ["/v1/notification-routes"] =
            $$"""
            [{"id":"{{Id}}","name":"{{Long}}","kind":"webhook","severities":["warning","critical"],"user_id":"{{Other}}","target":"https://hooks.example.org/…","enabled":true},
             {"id":"{{Other}}","name":"log","kind":"log","severities":["info","warning","critical"],"enabled":true}]
            """,
        ["/v1/notifications"] =
            $$"""[{"id":"{{Id}}","route_id":"{{Id}}","state":"failed","alerts":3,"attempts":8,"due_at":"2026-11-26T10:00:00Z","last_error":"https://hooks.example.org answered with status 500.","created_at":"2026-11-26T07:00:00Z"}]""",
        ["/v1/users"] = $$"""[{"user_id":"{{Id}}","latest_statement":{{Statement}}},{"user_id":"{{Other}}","latest_statement":null}]""",
        ["/v1/statements"] = $"[{Statement}]",
        [$"/v1/statements/{Id}"] =
            $$"""{"statement":{{Statement}},"lines":{{Lines}},"adjustments":[{"instance_id":"{{Id}}","measure":"network_in","price":0,"quantity":123456,"free":0,"amount":-0.01,"day":"2026-09-30"}]}""",
        [$"/v1/statements/{Id}/verify"] = """{"verified":true,"digest":"a","computed_digest":"a","days_from_raw":31,"days_from_lines":0,"differences":[],"seconds":0.42}""",
        [$"/v1/users/{Id}/usage"] =
            $$"""{"from":"2026-11-01","to":"2026-12-01","computed_through":"2026-11-25","total":{{Quantities}},"days":[{"day":"2026-11-24","quantities":{{Quantities}}},{"day":"2026-11-25","quantities":{{Quantities}}}],"instances":[{"instance_id":"{{Id}}","quantities":{{Quantities}}}]}""",
        [$"/v1/users/{Id}/usage/estimate"] =
            $$"""
            {"estimate":{"month":"2026-11","through":"2026-11-25","currency":"EUR","to_date":1028.12,"expected":1240.5,"low":1180.25,"high":1301.75,"days_observed":25},"lines":{{Lines}},
             "past_estimates":[{"month":"2026-10","expected":1200,"low":1150,"high":1250,"actual":1234.56,"error_percent":-2.8,"within_band":true}]}
            """,
        [$"/v1/users/{Id}/budget"] = """{"amount":1300,"alerts":[{"month":"2026-11-01","percent":75,"spent":975.5,"currency":"EUR","raised_at":"2026-11-24T00:12:00Z"}]}""",
        ["/v1/migration"] = Migration,
        ["/v1/database"] = Database,
        ["/v1/backups"] = """{"configured":true,"next":"2026-11-27T03:00:00Z","running":null,"failure":null,"backups":[]}""",
        ["/v1/backups/drills"] = "[]",
        ["/v1/database/advice"] =
            """{"proposals":[{"setting":"Lifecycle:ChunkInterval","today":"24 h","proposed":"12 h","changes":true,"reason":"A chunk of 24 h is larger than a quarter of the memory.","configuration":"Lifecycle__ChunkInterval=12:00:00","sql":"SELECT set_chunk_time_interval('resource_usage', interval '12 hours')"}]}""",
        ["/v1/keys"] =
            $$"""
            [{"id":"{{Id}}","name":"{{Long}}","scopes":["ingest","read"],"user_id":"{{Id}}","created_at":"2026-11-01T00:00:00Z","last_used_at":"2026-11-26T10:00:00Z","expires_at":"2099-01-01T00:00:00Z"},
             {"id":"{{Other}}","name":"gone","scopes":["read"],"created_at":"2026-11-01T00:00:00Z","revoked_at":"2026-11-02T00:00:00Z"}]
            """,
    };
}
