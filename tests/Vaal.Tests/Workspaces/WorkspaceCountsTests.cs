using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>The numbers of the status, against counting one image after the other.</summary>
public sealed class WorkspaceCountsTests : IDisposable
{
    private const int Images = 300;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed record Image(string State, bool Test, int? Near, bool Labelled, bool Elsewhere, string? Mark,
        bool InParts, bool InPartsUndone)
    {
        public bool Usable => State == "ok";
        public bool Pool => Usable && !Test;
        public bool Open => Pool && !Labelled;
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Status_AnyImages_HasTheNumbersOfAPlainCount(int seed)
    {
        _folder.Write("1.png", Pictures.Random(1));
        Workspace.Create(_folder["."]).Dispose();
        var random = new Random(seed);
        bool Chance(double p) => random.NextDouble() < p;
        Image[] all = [.. Enumerable.Range(1, Images).Select(id => new Image(
            id <= 20 ? "ok" : new[] { "ok", "ok", "ok", "broken", "duplicate", "removed" }[random.Next(6)], Chance(0.3),
            id > 20 && Chance(0.3) ? random.Next(1, 20) : null, Chance(0.4), Chance(0.3),
            Chance(0.4) ? Chance(0.5) ? "unsure" : "unusable" : null, Chance(0.2), Chance(0.2)))];
        using (var db = new Database(_folder[".vaal/vaal.db"])) Write(db, all);

        using var workspace = Workspace.Open(_folder["."]);
        var status = workspace.Status();
        void Same(Func<Image, bool> counts, int found) => Assert.Equal(all.Count(counts), found);
        Same(i => i.Usable, status.Images);
        Same(i => i.Pool && i.Labelled, status.Labelled);
        Same(i => i.Open && i.Mark is null, status.Unlabelled);
        Same(i => i.Pool && i.Labelled && i.Elsewhere, status.Elsewhere);
        Same(i => i.Usable && i.Test, status.Test);
        Same(i => i.Usable && i.Test && i.Labelled, status.TestLabelled);
        Same(i => i.State == "broken", status.Broken);
        Same(i => i.State == "duplicate", status.Duplicates);
        Same(i => i.State == "removed", status.Removed);
        Same(i => i.Usable && i.Near is not null, status.NearDuplicates);
        Assert.Equal(all.Where(i => i.Usable && i.Near is not null).DistinctBy(i => i.Near).Count(), status.NearGroups);
        Same(i => i.Open && i.Mark == "unsure", status.Unsure);
        Same(i => i.Open && i.Mark == "unusable", status.Unusable);
        Same(i => i.Pool && i.Labelled && i.InParts, status.ChosenInParts);
        Assert.Equal(7, workspace.SuggestedBudget());
    }

    /// <summary>A twentieth of the unlabelled images, 10 to 200 of them, and never more than there are.</summary>
    [Theory]
    [InlineData(6, 6), InlineData(40, 10), InlineData(1_000, 50), InlineData(10_000, 200)]
    public void SuggestedBudget_FirstRound_IsATwentiethWithinBounds(int images, int budget)
    {
        _folder.Write("1.png", Pictures.Random(1));
        Workspace.Create(_folder["."]).Dispose();
        using (var db = new Database(_folder[".vaal/vaal.db"]))
            db.Execute("with recursive n(id) as (select 1 union all select id + 1 from n where id < $1) insert into "
                + "images (id, path, bytes, modified, width, height, state) "
                + "select id, id || '.png', 1, 1, 1, 1, 'ok' from n", images);
        using var workspace = Workspace.Open(_folder["."]);
        Assert.Equal(budget, workspace.SuggestedBudget());
    }

    // two rounds that chose parts of images, one of which was undone
    private static void Write(Database db, Image[] all) => db.Transaction(() =>
    {
        foreach (var round in (int[])[1, 2])
            db.Execute("insert into rounds (strategy, options, seed, budget, started, finished, version, undone) "
                + "values ('random', '{}', 1, 7, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '1', $1)",
                round == 2 ? "2026-01-02T00:00:00.000Z" : null);
        foreach (var (at, image) in all.Index())
        {
            var id = at + 1;
            db.Execute("insert into images (id, path, bytes, modified, width, height, state, duplicate_of, near_group, "
                + "test) values ($1, $2, 1, 1, 1, 1, $3, $4, $5, $6)", id, $"{id}.png", image.State,
                image.State == "duplicate" ? 1 : null, image.Near, image.Test ? 1 : 0);
            if (image.Labelled)
                db.Execute("insert into labels (image, class, elsewhere, who, at, source) values ($1, 'cat', $2, 'me', "
                    + "'2026-01-01T00:00:00.000Z', 'test')", id, image.Elsewhere ? 1 : 0);
            if (image.Mark is { } mark)
                db.Execute("insert into marks (image, mark, who, at) values ($1, $2, 'me', '2026-01-01T00:00:00.000Z')",
                    id, mark);
            foreach (var round in (int[])[1, 2])
                if (round == 1 ? image.InParts : image.InPartsUndone)
                    db.Execute("insert into picks (round, image, rank, regions) values ($1, $2, $2, '[]')", round, id);
        }
    });
}
