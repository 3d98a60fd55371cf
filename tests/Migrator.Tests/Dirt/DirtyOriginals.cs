namespace LaunchStack.Migrator.Tests.Dirt;

/// <summary>Originals that no ORM made: each has one good instance and samples of it, and says what becomes of them.</summary>
internal static class DirtyOriginals
{
    private const string People = "CREATE TABLE users (id uuid); INSERT INTO users VALUES (md5('u')::uuid); CREATE TABLE instances (id uuid, name text); INSERT INTO instances VALUES (md5('i')::uuid, 'n');";

    private const string Wide = "(SELECT string_agg(format('\"Column %s\" %s', n, (ARRAY['text', 'int', 'numeric', 'timestamp'])[1 + n % 4]), ', ') FROM generate_series(1, 200) n)";

    /// <param name="Sql">Makes the original.</param>
    /// <param name="Moved">Samples that are moved.</param>
    /// <param name="Quarantined">Samples that are not.</param>
    /// <param name="Change">Changes one value in the target.</param>
    /// <param name="Finding">What verify says then.</param>
    public sealed record Case(string Sql, int Moved, int Quarantined, string Change, string Finding);

    public static readonly IReadOnlyDictionary<string, Case> All = new Dictionary<string, Case>
    {
        ["values as text"] = new(
            """
            CREATE TABLE users ("ID" text, "EMAIL" text, email text, created_at varchar(30));
            INSERT INTO users VALUES (upper(md5('u')::uuid::text), 'A', 'b', '2026-10-01 12:00:00');
            CREATE TABLE instances (id varchar, user_id text, name varchar(9), port text, cpu_limit numeric(6, 2), memory_limit text);
            INSERT INTO instances VALUES (md5('i')::uuid, md5('u')::uuid, 'n', '80', 0.50, '7'), (md5('j')::uuid, NULL, 'n', '80.5', 1, '1');
            CREATE TABLE resource_usages (instance_id varchar, "timestamp" text, cpu_usage text, memory_usage numeric, network_in integer);
            INSERT INTO resource_usages SELECT md5('i')::uuid, t, '1.5', 5.0, 7 FROM unnest(ARRAY['2026-10-31 23:59:59.123456', '2024-02-29T00:00:00Z', '2026-10-01T12:00:00+02:00',
              '2026-02-29 00:00:00', '0000-01-01 00:00:00', '2026-09-31 00:00:00', 'infinity', '', '1969-12-31 23:59:59', '2100-01-01 00:00:00']) t;
            INSERT INTO resource_usages VALUES (md5('i')::uuid, '2026-10-02 00:00:00', 'NaN', 1, 1), (md5('i')::uuid, '2026-10-02 00:00:01', '1', 'NaN', 1),
              (md5('i')::uuid, '2026-10-02 00:00:02', '1', 1e30, 1), (md5('i')::uuid, '2026-10-02 00:00:03', '1', 0.5, 1), (md5('j')::uuid, '2026-10-02 00:00:00', '1', 1, 1);
            """, 3, 12, "UPDATE instances SET cpu_limit = 0.51", "instances: 865c0c0b-4ab0-e063-e5ca-a3387c1a8741 differs"),
        ["numbers without end"] = new(
            People + """
            CREATE TABLE resource_usages (instance_id uuid, "timestamp" date, cpu_usage numeric, memory_usage double precision, created_at timestamp, deleted_at date);
            INSERT INTO resource_usages SELECT md5('i')::uuid, date '2026-10-01' + n::int, v, 1, '0001-01-01', NULL
              FROM unnest('{1.25,0,1e400,1e-400,NaN,Infinity,-Infinity}'::numeric[]) WITH ORDINALITY u(v, n);
            INSERT INTO resource_usages SELECT md5('i')::uuid, '2026-09-01', 1, v, 'infinity', 'infinity' FROM unnest('{NaN,Infinity,1e300,0.5,2}'::float8[]) v;
            INSERT INTO resource_usages SELECT md5('i')::uuid, d, 1, 1 FROM unnest('{5874897-12-31,infinity,-infinity,4713-01-01 BC,1969-12-31,2150-01-01}'::date[]) d;
            INSERT INTO resource_usages VALUES (md5('i')::uuid, '2026-09-03', 1, 2, 'infinity', '2026-10-01');
            """, 3, 16, "UPDATE resource_usage SET memory_usage = 3 WHERE cpu_usage = 1.25", "memory_usage is 3, should be 1"),
        ["names, and partitions"] = new(
            """
            CREATE TABLE "Users" (id uuid, "user" text, "Order" int, "naïve ""q"" 😀" json); INSERT INTO "Users" VALUES (md5('u')::uuid, 'x', 1, '{"a":  "\u0000 \ud83d", "b": [1e200000]}');
            CREATE TYPE mood AS ENUM ('good');
            CREATE TABLE "Instances" ("Id" uuid, "Name" text, kind regclass); INSERT INTO "Instances" VALUES (md5('i')::uuid, E'שלום e\u0301 😀', '"Users"');
            CREATE TABLE "Resource_Usages" (id bigserial, "ID" int, "Instance_Id" uuid, "TimeStamp" timestamptz, "CPU_Usage" float8, cpu_usage real, "select" mood, tags text[],
              "😀 שם" text, at timestamp, j json, span interval, raw bytea, n numeric(9, 3)) PARTITION BY RANGE ("TimeStamp");
            CREATE TABLE p1 PARTITION OF "Resource_Usages" FOR VALUES FROM ('2026-10-01') TO ('2026-10-05'); CREATE TABLE p2 PARTITION OF "Resource_Usages" DEFAULT;
            INSERT INTO "Resource_Usages" ("ID", "Instance_Id", "TimeStamp", "CPU_Usage", cpu_usage, "select", tags, "😀 שם", at, j, span, raw, n)
              SELECT n, md5(CASE WHEN n % 3 = 0 THEN 'x' ELSE 'i' END)::uuid, timestamptz '2026-10-04 23:00+00' + n * interval '10 minutes', 'NaN', n, 'good', ARRAY['a', NULL], E'e\u0301 שלום 😀',
                CASE WHEN n % 2 = 0 THEN 'infinity' ELSE timestamp '0044-03-15 BC' END, '{"a":  "\u0000 \ud83d", "b": [1e200000]}', '-1 month 1.5 seconds', '\x00ff', n / 7.0 FROM generate_series(1, 9) n;
            """, 6, 3, "UPDATE resource_usage SET \"CPU_Usage\" = 1 WHERE \"ID\" = 4", "\"CPU_Usage\" is 1, should be \"NaN\""),
        ["200 columns, and views"] = new(
            People + $$"""
            DO $do$ BEGIN
              EXECUTE 'ALTER TABLE users ADD ' || replace({{Wide}}, ', ', ', ADD ');
              EXECUTE 'CREATE TABLE wide (instance_id uuid, "timestamp" timestamptz, ' || {{Wide}} || ')';
            END $do$;
            UPDATE users SET "Column 200" = 'last', "Column 1" = 1;
            ALTER TABLE users RENAME TO people;
            CREATE VIEW users AS SELECT *, tableoid, ctid FROM people;
            CREATE VIEW resource_usage AS SELECT *, ctid, xmin FROM wide;
            INSERT INTO wide (instance_id, "timestamp", "Column 1", "Column 200") SELECT md5('i')::uuid, '2026-10-01', n, 'ü' FROM generate_series(1, 2) n;
            """, 1, 1, "UPDATE resource_usage SET \"Column 200\" = 'u'", "\"Column 200\" is \"u\", should be \"ü\""),
    };
}
