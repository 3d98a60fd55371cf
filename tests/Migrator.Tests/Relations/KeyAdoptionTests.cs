using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;

namespace LaunchStack.Migrator.Tests.Relations;

public sealed class KeyAdoptionTests
{
    [Fact]
    public void What_is_unique_without_overlaps_is_said_as_a_constraint_which_no_index_is()
    {
        OriginalColumn id = new("id", "uuid", true), valid = new("valid", "tstzrange", true);
        var key = new RelationKey(
            "tmp", true, ["id", "valid"], true, "gist (id, valid)", ["id", "valid"], null, IsOwn: true, IsPrimary: false, [], "UNIQUE (id, valid WITHOUT OVERLAPS)");
        var shape = new RelationShape(
            new("public", "instances", true, true, 0, [id, valid]), [new(id, "id", "uuid", true), new(valid, "valid", "tstzrange", true)], [], null, [], [key]);
        Assert.EndsWith(
            ": CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE instances ADD UNIQUE (id, valid WITHOUT OVERLAPS).", Assert.Single(KeyAdoption.Describe(shape)),
            StringComparison.Ordinal);
    }
}
