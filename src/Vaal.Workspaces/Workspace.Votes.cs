namespace Vaal.Workspaces;

/// <summary>Images that two people label without seeing each other's label.</summary>
public sealed partial class Workspace
{
    /// <summary>What was said of every such image, by its id.</summary>
    internal Dictionary<int, List<Vote>> Votes() => _db.Query(
        "select image, who, class, classes from votes order by image, at, who",
        r => (Image: r.GetInt32(0), Vote: new Vote(r.GetString(1), r.Text(2)) { SetJson = r.Text(3) }))
        .GroupBy(v => v.Image).ToDictionary(g => g.Key, g => g.Select(v => v.Vote).ToList());

    /// <summary>What was said of one image.</summary>
    internal List<Vote> VotesOn(int image) => _db.Query(
        "select who, class, classes from votes where image = $1 order by at, who",
        r => new Vote(r.GetString(0), r.Text(1)) { SetJson = r.Text(2) }, image);

    /// <summary>Whether somebody has settled what people disagreed on.</summary>
    internal bool IsSettled(int image) => LabelOf(image)?.Source == Settled;

    /// <summary>Keeps what a person says.</summary>
    /// <returns>whether it is the label, too: the first one is, and that of the person who gave the label</returns>
    private bool TakeVote(long entry, LabelOperation operation, string who)
    {
        var votes = VotesOn(operation.Image);
        var mine = votes.Find(v => v.Who == who);
        var said = IsMultiLabel ? new Vote(who, null) { SetJson = SetOf(operation) } : new(who, operation.Class);
        SetVote(entry, operation.Image, who, mine, said);
        var label = LabelOf(operation.Image);
        return label is null || label.Who == who || votes.TrueForAll(v => v.Who == who);
    }

    private void SetVote(long action, int image, string who, Vote? before, Vote? after)
    {
        if (after is null) _db.Execute("delete from votes where image = $1 and who = $2", image, who);
        else
        {
            _db.Execute("insert or replace into votes values ($1, $2, $3, $4, $5)", image, who, after.Class,
                Ledger.Stamp(_clock.GetUtcNow()), after.SetJson);
        }
        _ledger.Vote(action, image, before, after);
    }
}
