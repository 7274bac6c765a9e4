using System.Reflection;
using System.Text.Json;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    private static readonly string _version = typeof(Workspace)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Saves a round and its picks, all or nothing.</summary>
    /// <returns>its number, from 1</returns>
    /// <exception cref="InputException">a pick is no image of the pool any more</exception>
    internal int RecordRound(Round round, IReadOnlyList<PickRow> picks) => RecordRound(round, picks, after: null);

    /// <summary>The number of the newest round of a command, standing or not; 0: there is none. A server records rounds
    /// beside commands, and says so in their options.</summary>
    private int NewestRound => (int)_db.Number("select max(id) from rounds where options ->> 'serve' is null");

    /// <param name="after">what <see cref="NewestRound"/> was when the choice began; null: whatever it was</param>
    /// <exception cref="InputException">another command has recorded a round since, which no lock kept out</exception>
    private int RecordRound(Round round, IReadOnlyList<PickRow> picks, int? after)
    {
        ArgumentNullException.ThrowIfNull(round);
        ArgumentNullException.ThrowIfNull(picks);
        return _db.Transaction(() =>
        {
            if (after is not null && NewestRound is var newest && newest != after)
                throw new InputException(
                    $"round {newest} was recorded by another command meanwhile, and nothing was changed; "
                    + "run the same command again");
            var id = (int)_db.Number(
                "insert into rounds (strategy, options, seed, budget, health, started, finished, version) values " +
                    "($1, $2, $3, $4, $5, $6, $7, $8) returning id",
                round.Strategy, round.Options, round.Seed, round.Budget, round.Health, Ledger.Stamp(round.Started),
                    Ledger.Stamp(round.Finished), _version);
            foreach (var pick in picks)
            {
                if (_db.Number(
                    "select count(*) from images where id = $1 and state = 'ok' and test = 0", pick.Image) == 0)
                    throw new InputException(
                        $"image {pick.Image} was chosen but is not in the pool any more; choose again");
                _db.Execute(
                    "insert into picks values ($1, $2, $3, $4, $5, $6)", id, pick.Image, pick.Rank,
                    pick.Score is { } score && double.IsFinite(score) ? score : null, pick.Reason,
                    pick.Regions.Count == 0 ? null : JsonSerializer.Serialize(pick.Regions, Json.Options));
            }
            _ledger.Begin("round", new { round = id, round.Strategy, round.Budget, picks = picks.Count, round.Seed });
            return id;
        });
    }

    /// <summary>Every round, oldest first, those taken back among them.</summary>
    internal IReadOnlyList<RoundRow> Rounds() => RoundsWhere("1");

    /// <summary>Standing rounds whose choice can still be labelled, oldest first: those of commands, and the last few
    /// of the page, which makes thousands.</summary>
    internal IReadOnlyList<RoundRow> RoundsToLabel() => RoundsWhere(
        $"""
        undone is null and (options ->> '$.serve' is null
            or id > (select coalesce(max(id), 0) from rounds where undone is null) - {LastOfThePage})
        """);

    private const int LastOfThePage = 3;

    private List<RoundRow> RoundsWhere(string condition) => _db.Query(
        $"""
        select id, strategy, options, seed, budget, health, started, finished, version, undone,
            (select count(*) from picks where round = rounds.id),
            (select count(*) from picks where picks.round = rounds.id and {Answered}),
            (select coalesce(sum(json_array_length(regions)), 0) from picks where round = rounds.id)
        from rounds where {condition} order by id
        """,
        r => new RoundRow
        {
            Id = r.GetInt32(0),
            Strategy = r.GetString(1),
            Options = r.GetString(2),
            Seed = r.GetInt64(3),
            Budget = r.GetInt32(4),
            Health = r.Text(5),
            Started = Ledger.Time(r.GetString(6)),
            Finished = Ledger.Time(r.GetString(7)),
            Version = r.GetString(8),
            Undone = r.Text(9) is { } undone ? Ledger.Time(undone) : null,
            Picks = r.GetInt32(10),
            Labelled = r.GetInt32(11),
            Parts = r.GetInt32(12),
        });

    /// <summary>What a round chose, best first.</summary>
    internal IReadOnlyList<PickRow> Picks(int round) =>
        _db.Query("select image, rank, score, reason, regions from picks where round = $1 order by rank",
        r => new PickRow(r.GetInt32(0), r.GetInt32(1), r.IsDBNull(2)
            ? null
            : r.GetDouble(2), r.Text(3))
        { Regions = RegionsIn(r.Text(4)) }, round);

    private static IReadOnlyList<ChosenRegion> RegionsIn(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize<ChosenRegion[]>(json, Json.Options)!;

    /// <summary>The images of which standing rounds chose parts.</summary>
    private HashSet<ImageNumber> ChosenInParts() => [.. _db.Query(
        "select image from picks join rounds on rounds.id = picks.round where undone is null and regions is not null",
            r => (ImageNumber)r.GetInt32(0))];

    // of an image that is chosen part by part, a label answers only the rounds that were there when it came
    private const string Answered =
        "exists (select 1 from labels l where l.image = picks.image and (picks.regions is null or l.round >= " +
        "picks.round))";

    /// <summary>The last round, if images that it chose still wait for a label; else null.</summary>
    internal RoundRow? OpenRound =>
        Rounds().LastOrDefault(r => r.Undone is null) is { } last && Waiting(last.Id) > 0 ? last : null;

    /// <summary>Picks of a round that have no label yet, or none since they were chosen part by part, and can still get
    /// one.</summary>
    private int Waiting(int round) => (int)_db.Number(
        $"select count(*) from picks join images i on i.id = picks.image where picks.round = $1 and i.state = 'ok' " +
            $"and not {Answered} and {Unmarked}", round);

    // the page chooses again while it labels: earlier choices without a label do not wait
    private const string NotOvertaken = "(rounds.options ->> '$.serve' is null or rounds.id = (select max(id) from "
        + "rounds where undone is null))";

    // what a person could not label waits for nothing
    private const string Unmarked = "not exists (select 1 from marks m where m.image = picks.image)";
}
