using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>
/// Looks for what no vaal has written into a workspace's database: missing columns, numbers that are text, dates and
/// JSON that cannot be read, references to nothing, doubled keys. Each fault names its table and row. What the tables
/// are to be is read from an empty database of the same schema version.
/// </summary>
internal static partial class DatabaseCheck
{
    /// <summary>Faults of one kind that are listed one by one.</summary>
    private const int MostOfAKind = 20;

    // whole numbers that need 64 bits
    private static readonly HashSet<string> _long = ["bytes", "modified", "perceptual_hash", "seed", "ledger.id",
        "action", "entry"];

    // texts that are moments
    private static readonly HashSet<string> _moments =
        ["at", "started", "finished", "undone", "added", "removed", "made", "used"];

    private static readonly Dictionary<string, Action<JsonElement>> _json = new()
    {
        ["rounds.options"] = json => Texts(json, "identity"),
        ["rounds.health"] = json => _ = RankingHealth.Parse(json.GetRawText()),
        ["trainings.options"] = json => Texts(json, "model"),
        ["trainings.masks"] = json => Needed(json.Deserialize<MaskTest>(Json.Options)?.Classes),
        ["picks.regions"] = json => _ = json.Deserialize<ChosenRegion[]>(Json.Options)!.Sum(r => r.Width),
        ["trainings.several"] = json => Needed(json.Deserialize<MultiLabelTest>(Json.Options)?.Classes),
        ["labels.classes"] = Names,
        ["votes.classes"] = Names,
        ["labels.shapes"] = json => _ = JsonLabels.ReadShapes(json.GetRawText()),
        ["ledger.change"] = json => Texts(json, "by"),
    };

    private static readonly Dictionary<string, (string Expected, Func<string, bool> Fits)> _settings = new()
    {
        ["size"] = ("32, 64, 128 or 256", v => Whole(v) is 32 or 64 or 128 or 256),
        ["fit"] = ("crop, stretch or letterBox", v => Enum.TryParse<Fit>(v, out var fit) && Enum.IsDefined(fit)),
        ["near"] = ($"0 to {NearDuplicates.MostBits}", v => Whole(v) is >= 0 and <= NearDuplicates.MostBits),
        ["frame"] = ("a width and a height, such as 240x180", v => LoadOptions.FrameOf(v) is not null),
        ["test"] = ("a moment", IsMoment),
        ["labels"] = (Workspace.Several, v => v == Workspace.Several),
        ["untold"] = ("a number", v => Whole(v) is not null),
        ["looks"] = ("JSON as vaal writes it", v => JsonSerializer.Deserialize<Dictionary<string, ClassLook>>(v,
            Json.Options)!.Values.All(look => look is not null)),
        ["serve"] = ("JSON as vaal writes it", v => JsonNode.Parse(v) is JsonObject),
        ["classes"] = ("a list of names", v => JsonSerializer.Deserialize<string[]>(v, Json.Options)!
            .All(name => name is not null)),
    };

    /// <summary>Faults, those that others follow from first; none: the database is sound. They are of one moment: the
    /// ledger may know a round that was not there when the rounds were read.</summary>
    public static List<string> Faults(Database db, int most = int.MaxValue, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        db.StopOn(cancel);
        return db.Snapshot(() => All(db, report).Take(most).ToList());
    }

    private static IEnumerable<string> All(Database db, Action<TrainEvent>? report)
    {
        var version = Schema.Version(db);
        if (version < 0 || version > Schema.Migrations.Count)
        {
            yield return $"the schema version is {version}; expected 0 to {Schema.Migrations.Count}";
            yield break;
        }
        using var model = new Database(":memory:");
        Schema.Migrate(model, "", [.. Schema.Migrations.Take((int)version)]);
        var (wanted, found) = (Tables(model), Tables(db));
        var shape = Shape(wanted, found, version, db).ToList();
        foreach (var fault in shape) yield return fault;
        if (shape.Count > 0) yield break;
        // tables, what they mean together, and what SQLite says
        var (done, total) = (0, wanted.Count + 2);
        foreach (var table in wanted.Values)
        {
            report?.Invoke(new("checking the database", done++, total));
            foreach (var fault in Values(db, table)) yield return fault;
            foreach (var fault in Doubled(db, table)) yield return fault;
            foreach (var fault in References(db, model, table)) yield return fault;
            foreach (var fault in Texts(db, table)) yield return fault;
        }
        report?.Invoke(new("checking the database", done++, total));
        if (wanted.ContainsKey("settings"))
            foreach (var fault in Settings(db)) yield return fault;
        if (version == Schema.Migrations.Count)
            foreach (var fault in Meaning(db)) yield return fault;
        report?.Invoke(new("checking the database", done, total));
        foreach (var line in Lines(db, "pragma integrity_check", r => r.GetString(0)).Where(l => l != "ok"))
            yield return line;
    }

    private static IEnumerable<string> Texts(Database db, Table table)
    {
        foreach (var column in table.Columns.Where(c => c.Type == "text"))
        {
            var read = _json.GetValueOrDefault($"{table.Name}.{column.Name}");
            if (read is null && !_moments.Contains(column.Name)) continue;
            var faults = Lines(db,
                $"select {table.Row}, {Table.Quoted(column)} from \"{table.Name}\" "
                    + $"where {Table.Quoted(column)} is not null",
                r => (Row: r.Text(0), Value: r.Text(1)!))
                .Where(r => read is null ? !IsMoment(r.Value) : !IsJson(r.Value, read)).Take(MostOfAKind);
            foreach (var (row, value) in faults)
                yield return At(table, row, $"{column.Name} is {Short(Text.Quote(value))}; expected "
                    + (read is null ? "a moment such as 2026-01-31T12:00:00Z" : "JSON as vaal writes it"));
        }
    }

    private static IEnumerable<string> Settings(Database db)
    {
        foreach (var (name, value) in Lines(db, "select name, value from settings", r => (r.GetString(0),
            r.GetString(1))))
            if (_settings.TryGetValue(name, out var rule) && !Tried(() => rule.Fits(value)))
                yield return $"table settings, row {Text.Quote(name)}: value is {Short(Text.Quote(value))}; expected "
                    + rule.Expected;
    }

    /// <summary>What the ledger says must be possible, and come to the labels that there are.</summary>
    private static IEnumerable<string> Meaning(Database db)
    {
        var actions = new HashSet<long>();
        var told = new Dictionary<int, LabelRow?>();
        var rounds = Lines(db, "select id from rounds", r => r.GetInt64(0)).ToHashSet();
        var entries = Lines(db, "select id, action, what, image, change from ledger order by id",
            r => (Id: r.GetInt64(0),
            Action: r.IsDBNull(1) ? (long?)null : r.GetInt64(1), What: r.GetString(2), Image: r.Whole(3),
                Change: r.GetString(4)));
        foreach (var (id, action, what, image, change) in entries)
        {
            if (action is null) actions.Add(id);
            else if (!actions.Contains(action.Value)) yield return Entry("action is not an entry before it");
            if (!Tried(() => Read(action, what, image, change))) yield return Entry($"change does not fit '{what}'");
            if (action is null || what != "label" || image is not { } of) continue;
            var (before, after) = Labels(change, of);
            if (told.GetValueOrDefault(of) != before)
                yield return Entry($"the label of image {of} before it is not what the entries before it say");
            told[of] = after;

            string Entry(string problem) => $"table ledger, row {id}: {problem}";
        }
        var labels = Lines(db, $"select {Workspace.LabelColumns} from labels",
            Workspace.ToLabel).ToDictionary(l => l.Image);
        foreach (var image in told.Keys.Union(labels.Keys).Order())
            if (told.GetValueOrDefault(image) != labels.GetValueOrDefault(image))
                yield return $"table labels, row image {image}: it is not what the ledger says";

        bool Read(long? action, string what, int? image, string change)
        {
            using var json = JsonDocument.Parse(change);
            if (action is not null)
            {
                if (what == "label") _ = Labels(change, image!.Value);
                return true;
            }
            return what switch
            {
                "round" => rounds.Contains(json.RootElement.GetProperty("round").GetInt64()),
                "undo" => actions.Contains(json.RootElement.GetProperty("undoes").GetInt64()),
                "classes" => !json.RootElement.TryGetProperty("looks", out var looks) || IsLooks(looks),
                _ => true,
            };
        }
    }

    // null where the change was of no look
    private static bool IsLooks(JsonElement looks) => looks.ValueKind == JsonValueKind.Null
        || looks.Deserialize<LookChange>(Json.Options) is { Before: not null, After: not null };

    private static (LabelRow? Before, LabelRow? After) Labels(string change, int image)
    {
        using var json = JsonDocument.Parse(change);
        return (LabelRow.OfJson(json.RootElement.GetProperty("before"), image),
            LabelRow.OfJson(json.RootElement.GetProperty("after"), image));
    }

    private static bool IsJson(string value, Action<JsonElement> read) => Tried(() =>
    {
        using var json = JsonDocument.Parse(value);
        read(json.RootElement);
        return true;
    });

    private static bool IsMoment(string value) => Tried(() => Ledger.Time(value) > DateTimeOffset.MinValue);

    // an object whose fields of these names, where it has them, are texts
    private static void Texts(JsonElement json, string name)
    {
        if (json.TryGetProperty(name, out var value)) _ = value.GetString();
    }

    // a list of classes in the order in which it is kept
    private static void Names(JsonElement json)
    {
        if (json.GetRawText() != ClassSet.ToJson(json.EnumerateArray().Select(n => n.GetString()!)))
            throw new FormatException("the classes are not in order");
    }

    private static void Needed(object? value) => ArgumentNullException.ThrowIfNull(value);

    private static int? Whole(string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var number) ? number : null;

    /// <summary>Readers say in many ways that they cannot read something.</summary>
    private static bool Tried(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsNonsense(e) || e is InputException)
        {
            return false;
        }
    }

    /// <summary>What code throws that trusts a row and must not.</summary>
    public static bool IsNonsense(Exception e) => e is FormatException or JsonException or InvalidCastException
        or InvalidOperationException or ArgumentException or OverflowException or KeyNotFoundException
        or NullReferenceException or InvalidDataException or MalformedEntryException or SqliteException
        or NotSupportedException or IndexOutOfRangeException;

    private static string At(Table table, string? row, string problem) =>
        $"table {table.Name}, row {Short(row)}: {problem}";

    private static string Short(string? value) => value is null ? "null" : value.Length > 60
        ? value[..60] + "…" : value;

    // a row that cannot even be read has a fault that is listed already
    private static List<T> Lines<T>(Database db, string sql, Func<SqliteDataReader, T> row)
    {
        var lines = new List<T>();
        try
        {
            db.Query(sql, r =>
            {
                try { lines.Add(row(r)); }
                catch (Exception e) when (IsNonsense(e)) { }
                return 0;
            });
        }
        catch (SqliteException)
        {
        }
        return lines;
    }
}
