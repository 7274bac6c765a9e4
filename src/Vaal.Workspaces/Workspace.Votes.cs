using System.Text.Json;

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

    /// <summary>With the classes that the image has already, where a decision only adds some. Of an image that two
    /// people label, those are what this person said, for as long as the label is not shown.</summary>
    private LabelOperation Joined(LabelOperation operation, string who, bool blind, bool owner)
    {
        if (operation is not { Add: true, Classes: { } added } || LabelOf(operation.Image) is not { } label)
            return operation;
        var votes = blind ? VotesOn(operation.Image) : [];
        var own = votes.Find(v => v.Who == who);
        var hidden = label.Who != who && Vote.HideLabel(votes, who, owner, label.IsSettled);
        return operation with { Classes = [.. (hidden ? own?.Classes ?? [] : label.Classes).Union(added)] };
    }

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

    /// <summary>Forgets what a person said of an image, where there is something.</summary>
    private void TakeVoteBack(long entry, int image, string who)
    {
        if (VotesOn(image).Find(v => v.Who == who) is { } mine) SetVote(entry, image, who, mine, null);
    }

    /// <summary>Whoever said one of the old classes has said the new one, at the same time as before.</summary>
    private void RenameVotes(long action, IReadOnlyList<string> from, string into)
    {
        foreach (var (image, votes) in Votes())
        {
            foreach (var vote in votes)
            {
                var now = vote with
                {
                    Class = vote.Class is { } name && from.Contains(name) ? into : vote.Class,
                    SetJson = RenamedSet(vote.SetJson, from, into),
                };
                if (now != vote) SetVote(action, image, vote.Who, vote, now, TimeOf(image, vote.Who));
            }
        }
    }

    /// <summary>The one place where votes change.</summary>
    /// <param name="at">when it was said, as the database writes times; null: now, or, where the action takes another
    /// one back, as before that one</param>
    private void SetVote(long action, int image, string who, Vote? before, Vote? after, string? at = null)
    {
        // only an undo may find another vote than it expects: somebody has changed it since
        if (VotesOn(image).Find(v => v.Who == who) != before)
            throw Overtaken(image, _db.Number("select change ->> 'undoes' from ledger where id = $1", action));
        var was = TimeOf(image, who);
        if (after is null) _db.Execute("delete from votes where image = $1 and who = $2", image, who);
        else
        {
            _db.Execute("insert or replace into votes values ($1, $2, $3, $4, $5)", image, who, after.Class,
                at ?? TimeBefore(action, image, who) ?? Ledger.Stamp(_clock.GetUtcNow()), after.SetJson);
        }
        // with the time of the vote before, which an undo brings back
        _ledger.Part(action, "vote", image, JsonSerializer.Serialize(new { before, after, at = was }, Json.Options));
    }

    private string? TimeOf(int image, string who) =>
        _db.Text("select at from votes where image = $1 and who = $2", image, who);

    // when what an undo brings back was said; null: it is no undo, or an older vaal did not write it down
    private string? TimeBefore(long undo, int image, string who) => _db.Text(
        """
        select vote.change ->> 'at'
        from ledger undo join ledger vote on vote.action = undo.change ->> 'undoes'
        where undo.id = $1 and undo.what = 'undo' and vote.what = 'vote' and vote.image = $2
            and vote.change ->> '$.before.who' = $3
        order by vote.id limit 1
        """, undo, image, who);
}
