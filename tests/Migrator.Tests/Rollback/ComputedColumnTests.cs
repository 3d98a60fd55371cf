using LaunchStack.Migrator.Tests.Copy;
using LaunchStack.Migrator.Tests.Faithful;

namespace LaunchStack.Migrator.Tests.Rollback;

/// <summary>Columns of ours that the original computes by itself: what the target has there cannot be written, and does not stay behind without a word.</summary>
public sealed class ComputedColumnTests
{
    private const string Computed = WayBackTests.People +
        """
        ALTER TABLE users DROP username, ADD username text UNIQUE GENERATED ALWAYS AS ('u' || split_part(email, '@', 1)) STORED;
        ALTER TABLE instances DROP port, ADD port int GENERATED ALWAYS AS IDENTITY, DROP status, ADD status text GENERATED ALWAYS AS ('running') STORED;
        ALTER TABLE resource_usages DROP memory_limit, ADD memory_limit bigint GENERATED ALWAYS AS (memory_usage * 2 + 0.2) STORED, ADD zone text;
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_original_computes_otherwise_is_counted_refused_and_let_in_by_the_remedy(bool allowed)
    {
        await using var original = await Original.CreateAsync(2, Computed);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        var plan = (await Verbs.PlanAsync(original.ConnectionString, target.ConnectionString)).Warnings;
        foreach (var column in new[] { "users computes username", "instances computes status", "instances computes port", "resource_usages computes memory_limit" })
            Assert.Contains(plan, w => w.StartsWith($"public.{column} by itself (GENERATED): other values", StringComparison.Ordinal));

        // Only there; by another email; the same; none.
        await target.DataSource.RunAsync(
            """
            UPDATE users SET username = 'neu' WHERE username = 'u1'; UPDATE users SET email = '9@example.com' WHERE username = 'u2';
            INSERT INTO users (email, username) VALUES ('7@example.com', 'u7'), ('8@example.com', NULL);
            UPDATE instances SET port = 8080 WHERE name = 'N1'; UPDATE instances SET status = NULL, description = 'd' WHERE name = 'N2';
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit)
              SELECT md5('i2')::uuid, '2026-11-01'::timestamptz + n * interval '1 second', n, 5, (ARRAY[10, 11, NULL])[n] FROM generate_series(1, 3) n;
            UPDATE resource_usage SET memory_limit = 4 WHERE instance_id = md5('i1')::uuid;
            """);
        string[] lost = [];
        if (allowed)
        {
            for (var run = 0; run < 2; run++)
            {
                var report = await WayBackTests.BackAsync(original.ConnectionString, target, allowLosses: true);
                Assert.Empty(report.Findings);
                Assert.Equal(run == 0 ? (3L, 4L) : (0L, 0L), (report.Written, report.Relations.Sum(r => r.Added + r.Changed)));
                lost = [.. report.Losses];
            }
        }
        else
        {
            var refused = (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message;
            Assert.Equal(0L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE email > '7'"));
            lost = [.. refused.Split(Environment.NewLine).Where(l => l.StartsWith("  ", StringComparison.Ordinal)).Select(l => l.Trim())];
        }

        Assert.Equal(
            ["1 value of instances.port", "2 values of resource_usage.memory_limit", "2 values of users.username"],
            lost.Select(l => l[..l.IndexOf(": public.", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
        foreach (var remedy in lost.Select(l => l[l.IndexOf("ALTER TABLE", StringComparison.Ordinal)..]))
            await original.DataSource.RunAsync(remedy);
        var back = await WayBackTests.BackAsync(original, target);
        Assert.Equal((0, 0), (back.Findings.Count, back.Losses.Count));
        Assert.Equal("8080 neu u2 u3 u7 4 10 11", await original.DataSource.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', (SELECT port FROM instances WHERE name = 'N1'), (SELECT string_agg(username, ' ' ORDER BY email COLLATE "C") FILTER (WHERE email < '8' OR email > '9') FROM
              (SELECT username, replace(email, '9@', '2@') AS email FROM users) u), (SELECT string_agg(memory_limit::text, ' ' ORDER BY memory_limit) FROM resource_usages WHERE cpu_usage < 3))
            """));
    }

    [Fact]
    public async Task An_id_that_the_original_computes_is_no_silent_way_back()
    {
        await using var original = await Original.CreateAsync(2,
            """
            ALTER TABLE payments DROP id, ADD id uuid PRIMARY KEY GENERATED ALWAYS AS (md5(description)::uuid) STORED; INSERT INTO payments (description, amount) VALUES ('a', 1);
            """ + WayBackTests.People.Replace("INSERT INTO payments (id, user_id, amount, currency) VALUES (md5('p')::uuid, md5('u1')::uuid, 100, 'usd');", "", StringComparison.Ordinal));
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE payments SET amount = 2; INSERT INTO payments (id, description, amount) VALUES (md5('b')::uuid, 'b', 3)");
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
        Assert.Equal(5L, await original.DataSource.ScalarAsync<long>("SELECT sum(amount)::int8 FROM payments"));
        await target.DataSource.RunAsync("INSERT INTO payments (description, amount) VALUES ('c', 4)");
        Assert.Contains(" in id, not ", (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original, target))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_whose_time_the_original_computes_are_refused_before_anything_is_written()
    {
        await using var original = await Original.CreateAsync(2, WayBackTests.People +
            """
            ALTER TABLE resource_usages ADD second bigint; UPDATE resource_usages SET second = extract(epoch FROM "timestamp");
            ALTER TABLE resource_usages DROP "timestamp", ADD "timestamp" timestamptz GENERATED ALWAYS AS (to_timestamp(second)) STORED;
            """);
        await using var target = await TestTimescale.CreateAsync();
        await WayBackTests.MoveAsync(original, target);
        await target.DataSource.RunAsync("UPDATE users SET plan = 'pro'; INSERT INTO resource_usage (instance_id, \"timestamp\", cpu_usage) VALUES (md5('i1')::uuid, now(), 1)");
        var refused = (await Assert.ThrowsAsync<RefusedException>(() => WayBackTests.BackAsync(original.ConnectionString, target, allowLosses: true))).Message;
        Assert.StartsWith("public.resource_usages of the original computes timestamp by itself (GENERATED): 1 sample cannot be brought there.", refused, StringComparison.Ordinal);
        Assert.Equal(0L, await original.DataSource.ScalarAsync<long>("SELECT count(*) FROM users WHERE plan = 'pro'"));
        await original.DataSource.RunAsync(refused[refused.IndexOf("ALTER TABLE", StringComparison.Ordinal)..refused.LastIndexOf(';')]);
        Assert.Empty((await WayBackTests.BackAsync(original, target)).Findings);
    }
}
