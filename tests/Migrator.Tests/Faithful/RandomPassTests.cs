using System.Globalization;
using LaunchStack.Migrator.Tests.Copy;

namespace LaunchStack.Migrator.Tests.Faithful;

/// <summary>Passes over whatever may happen to users, instances and payments in between: few unique values that change hands all the time.</summary>
public sealed class RandomPassTests
{
    // Each step may fail: a value may be taken, a row may be named by others.
    private const string Change =
        """
        DO $$
        DECLARE
          a uuid; b uuid; value text; step int;
        BEGIN
          PERFORM setseed({0});
          FOR n IN 1..40 LOOP
            BEGIN
              step := floor(random() * 9); value := 'v' || floor(random() * 6);
              SELECT id INTO a FROM users ORDER BY random() LIMIT 1;
              SELECT id INTO b FROM users WHERE id <> a ORDER BY random() LIMIT 1;
              CASE step
                WHEN 0 THEN INSERT INTO users (id, email, username) VALUES (md5(random()::text)::uuid, value, value);
                WHEN 1 THEN DELETE FROM payments WHERE user_id = a; DELETE FROM instances WHERE user_id = a; DELETE FROM users WHERE id = a;
                WHEN 2 THEN UPDATE users SET email = value WHERE id = a;
                WHEN 3 THEN
                  UPDATE users SET email = email || '!', username = username || '!' WHERE id IN (a, b);
                  UPDATE users u SET email = rtrim(o.email, '!'), username = rtrim(o.username, '!') FROM users o WHERE u.id IN (a, b) AND o.id IN (a, b) AND o.id <> u.id;
                WHEN 4 THEN UPDATE users SET id = md5(random()::text)::uuid WHERE id = a AND NOT EXISTS (SELECT FROM instances WHERE user_id = a) AND NOT EXISTS (SELECT FROM payments WHERE user_id = a);
                WHEN 5 THEN INSERT INTO instances (id, user_id, name, status) VALUES (md5(random()::text)::uuid, a, value, 'running');
                WHEN 6 THEN UPDATE instances SET user_id = b, name = value WHERE user_id = a;
                WHEN 7 THEN INSERT INTO payments (user_id, amount) VALUES (a, n), (NULL, n);
                ELSE DELETE FROM payments WHERE amount % 3 = 0; UPDATE payments SET user_id = b WHERE user_id = a;
              END CASE;
            EXCEPTION WHEN unique_violation OR foreign_key_violation THEN NULL;
            END;
          END LOOP;
        END $$
        """;

    private const string Rows =
        """
        SELECT concat_ws(' | ', (SELECT string_agg(concat_ws(',', id, email, username), ';' ORDER BY id) FROM users),
          (SELECT string_agg(concat_ws(',', id, user_id, name), ';' ORDER BY id) FROM instances),
          (SELECT string_agg(concat_ws(',', id, user_id, amount), ';' ORDER BY id) FROM payments))
        """;

    [Fact]
    public async Task Every_pass_ends_in_the_originals_state()
    {
        await using var original = await Original.CreateAsync(2, "INSERT INTO users (email, username) SELECT 'v' || n, 'v' || n FROM generate_series(0, 3) n");
        await using var target = await TestTimescale.CreateAsync();
        await Original.CopyAsync(original, target);
        var seeds = new Random(11);
        for (var pass = 0; pass < 6; pass++)
        {
            var seed = seeds.NextDouble();
            await original.DataSource.RunAsync(Change.Replace("{0}", seed.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
            await Verbs.CatchUpAsync(original, target);
            Assert.True(
                await original.DataSource.ScalarAsync<string>(Rows) == await target.DataSource.ScalarAsync<string>(Rows), $"after seed {seed}");
            Assert.Equal(0L, await target.DataSource.ScalarAsync<long>("SELECT count(*) FROM migration_quarantine"));
        }

        Assert.Empty((await Verbs.VerifyAsync(original, target)).Findings);
    }
}
