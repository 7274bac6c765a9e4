using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Coverage;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Many images at once: groups, search, what is alike, and the map.</summary>
internal static class LookApi
{
    private const int MostImages = 200, MostPoints = 50_000;
    private const string Disagreement = "disagreement";

    /// <summary>By which a grid can be filtered; the search finds broken files too.</summary>
    internal static readonly string[] Filters = ["unlabelled", "labelled", "unsure", "unusable", Disagreement,
        "duplicates", "chosen", "blurred", "dark", "bright", "odd-size", "low-information"];

    public sealed record PageJson(IReadOnlyList<ImageJson> Items, int Total);

    /// <param name="Image">one that stands for the group; null: none does</param>
    /// <param name="Mostly">class of more than half of the labelled images; null: there is none</param>
    public sealed record GroupJson(string Id, string Title, int Size, int Unlabelled, int? Image = null,
        string? Mostly = null);

    public sealed record GroupsJson(IReadOnlyList<GroupJson> Groups, string? Problem);

    public sealed record MapJson(int[] Ids, float[] X, float[] Y, string[] State, string?[] Classes);

    public sealed record SelectionRequest(int[] Images);

    public sealed record SelectionJson(string Id);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        var computed = new Computed();
        api.MapGet("/groups", (HttpContext http, string? by) => by switch
        {
            "class" => ByClass(serving, Guard.PersonIn(http), computed),
            "filter" => ByFilter(serving, Guard.PersonIn(http)),
            _ => ByCluster(serving, Guard.PersonIn(http), computed),
        });
        api.MapGet("/grid", (HttpContext http, string by, string? value, int? count, int? offset) =>
        {
            var person = Guard.PersonIn(http);
            if (by == "filter" && IsHidden(value, person)) return PeopleApi.Hidden();
            computed.Prepare(by, serving.Learner.Now);
            return serving.With(person, seen => Positions(serving, seen, computed, by, value ?? "") is { } found
                ? Results.Json(Page(seen, by == "duplicates" ? found : Folded(seen.Board, found), count, offset))
                : Problems.Mistake("expected by=cluster, class, search, filter, selection, similar or duplicates, and "
                    + "a value that exists"));
        }).Produces<PageJson>();
        api.MapGet("/search", (HttpContext http, string? name, string? q, string? filter, string? @class, int? round,
            string? split, int? count, int? offset) => IsHidden(filter, Guard.PersonIn(http)) ? PeopleApi.Hidden()
            : serving.With(Guard.PersonIn(http), seen => filter == "broken"
                ? Results.Json(Broken(seen.Workspace, name ?? q, count, offset))
                : Matching(seen, name ?? q, filter, @class, round, split) is { } found
                    ? Results.Json(Page(seen, found, count, offset))
                    : Problems.Mistake($"there is no filter '{filter}'"))).Produces<PageJson>();
        api.MapGet("/similar/{id:int}", (HttpContext http, int id, int? count) =>
            serving.With(Guard.PersonIn(http), seen => seen.Board.PositionOf(id) is not (>= 0 and var at)
                ? Problems.NotFound($"there is no image {id}")
                : Knows(serving, seen.Board)
                ? Results.Json(Page(seen, Alike(serving, seen.Board, at, Some(count)), count, 0))
                : Problems.Because(StatusCodes.Status503ServiceUnavailable, NotYet(serving)))).Produces<PageJson>();
        api.MapPost("/selection", (SelectionRequest request) => request.Images is { Length: <= 1_000_000 } images
            ? Results.Json(new SelectionJson(serving.Selections.Add(images)))
            : Problems.Mistake("expected ids of at most 1000000 images")).Produces<SelectionJson>();
        api.MapGet("/map", (HttpContext http) => serving.Learner.Now is { } learned
            && Points(serving, Guard.PersonIn(http), learned.Index, computed.Map(learned.Index)) is { } points
            ? Results.Json(points)
            : Problems.Because(StatusCodes.Status503ServiceUnavailable, NotYet(serving))).Produces<MapJson>();
    }

    /// <summary>How many images are given where nobody says.</summary>
    internal static int Some(int? count) => Math.Clamp(count ?? 48, 1, MostImages);

    // not while they are read, or read again
    private static bool Knows(Serving serving, Board b) => serving.Learner.Now?.Index.Images == b.Rows;

    private static string NotYet(Serving serving) => serving.Learner.Problem
        ?? "the features of the images are being read or made; try again in a moment";

    // where there are two classes, a disagreement tells what the other person said
    private static bool IsHidden(string? filter, Workspace.Admitted person) =>
        filter == Disagreement && !person.Owner;

    private static PageJson Page(Seen seen, IReadOnlyList<int> found, int? count, int? offset) =>
        new([.. found.Skip(Math.Max(0, offset ?? 0)).Take(Some(count)).Select(seen.Image)], found.Count);

    private static PageJson Broken(Workspace w, string? name, int? count, int? offset)
    {
        var rows = w.Images().Where(r => r.State == ImageState.Broken && Named(r, name)).ToList();
        return new([.. rows.Skip(Math.Max(0, offset ?? 0)).Take(Some(count)).Select(ImageJson.OfBroken)], rows.Count);
    }

    private static bool Named(ImageRow row, string? name) =>
        string.IsNullOrEmpty(name) || row.Path.Contains(name, StringComparison.OrdinalIgnoreCase);

    // of images that look alike the first, which says how many there are
    private static List<int> Folded(Board b, IReadOnlyList<int> positions)
    {
        var groups = new HashSet<int>();
        return [.. positions.Where(p => b.Rows[p].NearGroup is not { } group || groups.Add(group))];
    }

    private static IReadOnlyList<int>? Positions(Serving serving, Seen seen, Computed computed, string by,
        string value)
    {
        var b = seen.Board;
        switch (by)
        {
            case "search": return Matching(seen, value, null, null, null, null);
            case "filter": return Matching(seen, null, value, null, null, null);
            case "selection":
                return serving.Selections.In(value)?.Select(b.PositionOf).Where(p => p >= 0).ToList();
            case "duplicates":
                return int.TryParse(value, out var id) && b.PositionOf(id) is >= 0 and var one
                    ? b.Rows[one].NearGroup is { } near
                        ? [.. Enumerable.Range(0, b.Rows.Length).Where(p => b.Rows[p].NearGroup == near)] : [one]
                    : null;
            case "similar":
                return int.TryParse(value, out var to) && b.PositionOf(to) is >= 0 and var at
                    ? Alike(serving, b, at, MostImages) : null;
            case "class":
                return Predicted(serving, seen, computed).GetValueOrDefault(value)?.ConvertAll(p => p.Position)
                    // all its images have labels by now, or are labelled blind
                    ?? (serving.Learner.Now?.Names.Contains(value) == true ? [] : null);
            case "cluster":
                return serving.Learner.Now is { } learned && learned.Index.Images == b.Rows
                    && int.TryParse(value, out var number)
                    ? Members(learned.Index, computed.Clusters(learned.Index), number) : null;
            default: return null;
        }
    }

    private static List<int>? Matching(Seen seen, string? name, string? filter, string? @class, int? round,
        string? split)
    {
        var b = seen.Board;
        if (string.IsNullOrEmpty(filter)) filter = null;
        var bit = filter is null ? (byte)0 : Oddity.Bit(filter);
        HashSet<int>? picks = round is { } number ? [.. seen.Workspace.Picks(number).Select(p => p.Image)] : null;
        var of = b.FindClass(@class ?? "");
        Func<int, bool>? passes = filter switch
        {
            null => _ => true,
            "unlabelled" => p => seen.StatusOf(p) == ImageStatus.Unlabelled,
            "labelled" => p => seen.StatusOf(p) == ImageStatus.Labelled,
            "unsure" => p => seen.StatusOf(p) == ImageStatus.Unsure,
            "unusable" => p => seen.StatusOf(p) == ImageStatus.Unusable,
            Disagreement => p => b.Votes.TryGetValue(b.Rows[p].Id, out var votes)
                && votes.DistinctBy(v => v.Said).Count() > 1 && !b.IsSettled(p),
            "duplicates" => p => b.GroupSize(p) > 1,
            "chosen" => p => b.PickOf(b.Rows[p].Id) is not null,
            _ when bit != 0 => p => (b.OdditiesOf(p) & bit) != 0,
            _ => null,
        };
        return passes is null ? null : [.. Enumerable.Range(0, b.Rows.Length).Where(p => passes(p)
            && Named(b.Rows[p], name) && (string.IsNullOrEmpty(@class) || (of >= 0 && seen.ClassesOf(p).Contains(of)))
            && picks?.Contains(b.Rows[p].Id) != false && (split switch
            {
                "test" => b.Rows[p].Test,
                "pool" => !b.Rows[p].Test,
                _ => true,
            }))];
    }

    private static List<int> Members(PoolIndex index, int[] clusters, int number) =>
        [.. Enumerable.Range(0, clusters.Length).Where(r => clusters[r] == number).Select(r => index.Positions[r])];

    private static GroupsJson ByCluster(Serving serving, Workspace.Admitted person, Computed computed)
    {
        if (serving.Learner.Now is not { } learned) return new([], NotYet(serving));
        var (clusters, middles) = (computed.Clusters(learned.Index), computed.Middles(learned.Index));
        return serving.With(person, seen => learned.Index.Images != seen.Board.Rows
            ? new GroupsJson([], NotYet(serving))
            : new([.. clusters.Index().GroupBy(c => c.Item, c => learned.Index.Positions[c.Index]).OrderBy(g => g.Key)
                .Select(g => new GroupJson($"{g.Key}", $"Group {g.Key + 1}", g.Count(),
                    g.Count(p => seen.StatusOf(p) == ImageStatus.Unlabelled),
                    seen.Board.Rows[learned.Index.Positions[middles[g.Key]]].Id, Mostly(seen, g)))], null));
    }

    private static string? Mostly(Seen seen, IEnumerable<int> positions)
    {
        List<int> labelled = [.. positions.Where(p => seen.StatusOf(p) == ImageStatus.Labelled)];
        return labelled.SelectMany(p => seen.ClassesOf(p).ToArray()).CountBy(c => c)
            .Where(c => 2 * c.Value > labelled.Count).OrderByDescending(c => c.Value).ThenBy(c => c.Key)
            .Select(c => seen.Board.Classes[c.Key].Name).FirstOrDefault();
    }

    private static GroupsJson ByFilter(Serving serving, Workspace.Admitted person) =>
        serving.With(person, seen => new GroupsJson([.. Filters.Where(f => !IsHidden(f, person)).Select(filter =>
        {
            var found = Matching(seen, null, filter, null, null, null)!;
            return new GroupJson(filter, filter, found.Count,
                found.Count(p => seen.StatusOf(p) == ImageStatus.Unlabelled));
        })], null));

    private static GroupsJson ByClass(Serving serving, Workspace.Admitted person, Computed computed)
    {
        computed.Prepare("class", serving.Learner.Now);
        return serving.With(person, seen =>
        {
            var predicted = Predicted(serving, seen, computed);
            return new GroupsJson([.. predicted.OrderByDescending(g => g.Value.Count).Select(g =>
                new GroupJson(g.Key, g.Key, g.Value.Count, g.Value.Count))], predicted.Count > 0 ? null
                : serving.Learner.Now is not { } learned || learned.Index.Images != seen.Board.Rows ? NotYet(serving)
                : learned.Head is null ? "label images of two classes first"
                : "no image without a label has a predicted class");
        });
    }

    /// <summary>Images of the pool by the class that the head predicts, the surest first.</summary>
    private static Dictionary<string, List<(int Position, float Probability)>> Predicted(Serving serving, Seen seen,
        Computed computed)
    {
        var b = seen.Board;
        if (serving.Learner.Now is not { Head: not null } learned || learned.Index.Images != b.Rows) return [];
        if (b.MultiLabel) return MultiLabelDoubts.Predicted(learned, seen);
        var (classes, probabilities) = computed.Guesses(learned);
        var found = new Dictionary<string, List<(int, float)>>();
        for (var r = 0; r < classes.Length; r++)
        {
            var position = learned.Index.Positions[r];
            if (!seen.MayBePredicted(position)) continue;
            var name = learned.Names[classes[r]];
            if (!found.TryGetValue(name, out var list)) found[name] = list = [];
            list.Add((position, probabilities[r]));
        }
        foreach (var list in found.Values) list.Sort((a, c) => c.Item2.CompareTo(a.Item2));
        return found;
    }

    /// <summary>Images of the pool that are most alike, itself left out.</summary>
    private static List<int> Alike(Serving serving, Board b, int position, int count)
    {
        if (!Knows(serving, b)) return [];
        var index = serving.Learner.Now!.Index;
        var asked = new float[index.Pool.Width];
        if (index.RowOf[position] is >= 0 and var own) index.Pool.Copy(own, asked);
        else if (Array.IndexOf(index.TestPositions, position) is >= 0 and var test) index.Test.Copy(test, asked);
        else return [];
        var closeness = new double[index.Positions.Length];
        Blocks.InParallel(closeness.Length, 1_024, (from, end) =>
        {
            var row = new float[index.Pool.Width];
            for (var i = from; i < end; i++)
            {
                index.Pool.Copy(i, row);
                closeness[i] = UnitRows.Dot(asked, row);
            }
        });
        return [.. Enumerable.Range(0, closeness.Length).Where(r => index.Positions[r] != position)
            .OrderByDescending(r => closeness[r]).Take(count).Select(r => index.Positions[r])];
    }

    // null: the images are others by now
    private static MapJson? Points(Serving serving, Workspace.Admitted person, PoolIndex index,
        (float[] X, float[] Y) at) => serving.With(person, seen =>
        {
            var b = seen.Board;
            if (index.Images != b.Rows) return null;
            // every k-th of a pool that is too large
            var step = (index.Positions.Length + MostPoints - 1) / MostPoints;
            int[] rows = [.. Enumerable.Range(0, index.Positions.Length).Where(r => r % Math.Max(1, step) == 0)];
            int[] positions = [.. rows.Select(r => index.Positions[r])];
            return new MapJson([.. positions.Select(p => b.Rows[p].Id)], [.. rows.Select(r => at.X[r])],
                [.. rows.Select(r => at.Y[r])],
                [.. positions.Select(p => seen.StatusOf(p).ToString().ToLowerInvariant())],
                [.. positions.Select(p => seen.ClassesOf(p) is [var first, ..] ? b.Classes[first].Name : null)]);
        });
}
