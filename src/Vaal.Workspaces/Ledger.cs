using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>An entry of the ledger.</summary>
internal sealed class LedgerEntry(
    long id, DateTimeOffset at, long? action, string what, int? image, string? path, string change) : Report
{
    public long Id { get; } = id;

    public DateTimeOffset At { get; } = at;

    /// <summary>The entry of the action it is part of; null: it is one itself.</summary>
    public long? Action { get; } = action;

    /// <summary>For actions <c>init, import, folders, label, classes, settings, annotator, round, train, undo</c>; for
    /// their parts <c>label, mark, vote, moved, changed, removed, back</c>.</summary>
    public string What { get; } = what;

    /// <summary>Id of the image it is about, where it is about one.</summary>
    public int? Image { get; } = image;

    /// <summary>That image's path today.</summary>
    public string? Path { get; } = path;

    /// <summary>JSON; of a label <c>before</c> and <c>after</c>.</summary>
    [JsonConverter(typeof(RawJson))]
    public string Change { get; } = change;

    /// <summary>What it did, in a sentence.</summary>
    [JsonIgnore]
    public string Words => LedgerWords.Of(this);

    /// <summary>Login name of the person who did it; null where an older vaal did not write it down.</summary>
    [JsonIgnore]
    public string? Who => LedgerWords.Who(this);

    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        if (Action is not null) return [TextBlock.Of($"        {Words}")];
        var when = At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return [TextBlock.Of($"{$"#{Id}",-6}  {when}  {(Who is { } who ? $"{who} " : "")}{Words}")];
    }
}

/// <summary>What was changed in a workspace, when, in order. The database refuses to change or delete an
/// entry.</summary>
internal sealed class Ledger(Database db, TimeProvider clock)
{
    /// <summary>Writes an action and returns its id, for its parts.</summary>
    /// <param name="who">null: the user who runs this program</param>
    public long Begin<T>(string what, T change, string? who = null)
    {
        var json = JsonSerializer.SerializeToNode(change, Json.Options)!.AsObject();
        json["by"] = who ?? Environment.UserName;
        return Append(null, what, null, json.ToJsonString(Json.Options));
    }

    public void Part(long action, string what, int? image, string change) => Append(action, what, image, change);

    /// <summary>A label of one image came, went, or was replaced by another.</summary>
    public void Label(long action, int image, LabelRow? before, LabelRow? after) =>
        Append(action, "label", image,
            $$"""{"before":{{before?.ToJson() ?? "null"}},"after":{{after?.ToJson() ?? "null"}}}""");

    /// <summary>The mark of one image came or went: <c>unsure</c> or <c>unusable</c>.</summary>
    /// <param name="who">who had given the mark before, and when; an undo brings them back</param>
    public void Mark(long action, int image, string? before, string? after, string? who, string? at) =>
        Append(action, "mark", image, JsonSerializer.Serialize(new { before, after, who, at }, Json.Options));

    /// <summary>The votes before and after each part of an action, in order.</summary>
    public List<(int Image, Vote? Before, Vote? After)> Votes(long action) => db.Query(
        "select image, change -> 'before', change -> 'after' from ledger where action = $1 and what = 'vote' "
            + "order by id", r => (r.GetInt32(0), VoteIn(r.Text(1)), VoteIn(r.Text(2))), action);

    private static Vote? VoteIn(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<Vote>(json, Json.Options);

    /// <summary>The marks before and after each part of an action, in order, and who had given the one before, and
    /// when; an older vaal did not write that down.</summary>
    public List<(int Image, string? Before, string? After, string? Who, string? At)> Marks(long action) => db.Query(
        """
        select image, change ->> 'before', change ->> 'after', change ->> 'who', change ->> 'at'
        from ledger where action = $1 and what = 'mark' order by id
        """, r => (r.GetInt32(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4)), action);

    /// <summary>Oldest first; without their parts where only actions are wanted.</summary>
    public List<LedgerEntry> Entries(bool parts) => db.Query(
        $"""
        select l.id, l.at, l.action, l.what, l.image, i.path, l.change
        from ledger l left join images i on i.id = l.image
        {(parts ? "" : "where l.action is null")} order by l.id
        """,
        r => new LedgerEntry(r.GetInt64(0), Time(r.GetString(1)), r.IsDBNull(2)
            ? null
            : r.GetInt64(2), r.GetString(3), r.Whole(4), r.Text(5), r.GetString(6)));

    /// <summary>The labels before and after each part of an action, in order.</summary>
    public List<(int Image, LabelRow? Before, LabelRow? After)> Labels(long action) => db.Query(
        "select image, change from ledger where action = $1 and what = 'label' order by id", r =>
            Change(r.GetInt32(0), r.GetString(1)), action);

    public static string Stamp(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset Time(string stamp) =>
        DateTimeOffset.Parse(stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private long Append(long? action, string what, int? image, string change)
        => db.Number(
            "insert into ledger (at, action, what, image, change) values ($1, $2, $3, $4, $5) returning id",
            Stamp(clock.GetUtcNow()), action, what, image, change);

    private static (int, LabelRow?, LabelRow?) Change(int image, string change)
    {
        using var document = JsonDocument.Parse(change);
        return (image, LabelRow.OfJson(document.RootElement.GetProperty("before"), image),
            LabelRow.OfJson(document.RootElement.GetProperty("after"), image));
    }
}
