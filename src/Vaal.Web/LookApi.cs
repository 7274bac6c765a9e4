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

    /// <summary>By which a grid can be filtered; the search finds broken files too.</summary>
    private static readonly string[] _filters = ["unlabelled", "labelled", "unsure", "unusable", "disagreement",
        "duplicates", "chosen", "blurred", "dark", "bright", "odd-size", "low-information"];

    public sealed record PageJson(IReadOnlyList<ImageJson> Items, int Total);

    /// <param name="Image">one that stands for the group; null: none does</param>
    /// <param name="Mostly">class of more than half of the labelled images; null: there is none</param>
    public sealed record GroupJson(string Id, string Title, int Size, int Unlabelled, int? Image = null,
        string? Mostly = null);

    public sealed record GroupsJson(IReadOnlyList<GroupJson> Groups, string? Problem);

    public sealed record MapJson(int[] Ids, float[] X, float[] Y, string[] State, string?[] Classes);

    public sealed record SelectionRequest(int[] Images);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        var (live, computed) = (serving.Live, new Computed());
        api.MapGet("/groups", (string? by) => by switch
        {
            "class" => ByClass(serving, computed),
            "filter" => ByFilter(serving),
            _ => ByCluster(serving, computed),
        });
        api.MapGet("/grid", (HttpContext http, string by, string? value, int? count, int? offset) =>
        {
            computed.Prepare(by, serving.Learner.Now);
            return live.With((w, b) => Positions(serving, w, b, computed, by, value ?? "") is { } found
                ? Results.Json(Page(serving, w, b, by == "duplicates" ? found : Folded(b, found), count, offset,
                    Guard.PersonIn(http).Name))
                : Problems.Mistake("expected by=cluster, class, search, filter, selection, similar or duplicates, and "
                    + "a value that exists"));
        }).Produces<PageJson>();
        api.MapGet("/search", (HttpContext http, string? name, string? q, string? filter, string? @class, int? round,
            string? split, int? count, int? offset) => live.With((w, b) => filter == "broken"
                ? Results.Json(Broken(w, name ?? q, count, offset))
                : Matching(w, b, name ?? q, filter, @class, round, split) is { } found
                    ? Results.Json(Page(serving, w, b, found, count, offset, Guard.PersonIn(http).Name))
                    : Problems.Mistake($"there is no filter '{filter}'"))).Produces<PageJson>();
        api.MapGet("/similar/{id:int}", (HttpContext http, int id, int? count) => live.With((w, b) =>
            b.PositionOf(id) is >= 0 and var at
                ? Results.Json(Page(serving, w, b, Alike(serving, b, at, Some(count)), count, 0,
                    Guard.PersonIn(http).Name))
                : Problems.NotFound($"there is no image {id}"))).Produces<PageJson>();
        api.MapPost("/selection", (SelectionRequest request) => request.Images is { Length: <= 1_000_000 } images
            ? Results.Json(new { id = serving.Selections.Add(images) })
            : Problems.Mistake("expected ids of at most 1000000 images"));
        api.MapGet("/map", () => serving.Learner.Now is { } learned
            ? Results.Json(Points(serving, learned.Index, computed.Map(learned.Index)))
            : Problems.Because(StatusCodes.Status503ServiceUnavailable, NotYet(serving))).Produces<MapJson>();
    }

    /// <summary>How many images are given where nobody says.</summary>
    internal static int Some(int? count) => Math.Clamp(count ?? 48, 1, MostImages);

    private static string NotYet(Serving serving) => serving.Learner.Problem
        ?? "the features of the images are being read or made; try again in a moment";

    private static PageJson Page(Serving serving, Workspace w, Board b, IReadOnlyList<int> found, int? count,
        int? offset, string who) => new(
        [.. found.Skip(Math.Max(0, offset ?? 0)).Take(Some(count)).Select(p => serving.Image(w, b, p, who))],
        found.Count);

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

    private static IReadOnlyList<int>? Positions(Serving serving, Workspace w, Board b, Computed computed,
        string by, string value)
    {
        switch (by)
        {
            case "search": return Matching(w, b, value, null, null, null, null);
            case "filter": return Matching(w, b, null, value, null, null, null);
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
                return Predicted(serving, b, computed).GetValueOrDefault(value)?.ConvertAll(p => p.Position)
                    // all its images have labels by now
                    ?? (serving.Learner.Now?.Names.Contains(value) == true ? [] : null);
            case "cluster":
                return serving.Learner.Now is { } learned && learned.Index.Images == b.Rows
                    && int.TryParse(value, out var number)
                    ? Members(learned.Index, computed.Clusters(learned.Index), number) : null;
            default: return null;
        }
    }

    private static List<int>? Matching(Workspace w, Board b, string? name, string? filter, string? @class, int? round,
        string? split)
    {
        if (string.IsNullOrEmpty(filter)) filter = null;
        var bit = filter is null ? (byte)0 : Oddity.Bit(filter);
        HashSet<int>? picks = round is { } number ? [.. w.Picks(number).Select(p => p.Image)] : null;
        var of = string.IsNullOrEmpty(@class) ? -1 : b.Classes.FindIndex(c => c.Name == @class);
        Func<int, bool>? passes = filter switch
        {
            null => _ => true,
            "unlabelled" => p => b.Status[p] == ImageStatus.Unlabelled,
            "labelled" => p => b.Status[p] == ImageStatus.Labelled,
            "unsure" => p => b.Status[p] == ImageStatus.Unsure,
            "unusable" => p => b.Status[p] == ImageStatus.Unusable,
            "disagreement" => p => b.Votes.TryGetValue(b.Rows[p].Id, out var votes)
                && votes.DistinctBy(v => v.Said).Count() > 1 && !w.IsSettled(b.Rows[p].Id),
            "duplicates" => p => b.GroupSize(p) > 1,
            "chosen" => p => b.PickOf(b.Rows[p].Id) is not null,
            _ when bit != 0 => p => (b.OdditiesOf(p) & bit) != 0,
            _ => null,
        };
        return passes is null ? null : [.. Enumerable.Range(0, b.Rows.Length).Where(p => passes(p)
            && Named(b.Rows[p], name) && (string.IsNullOrEmpty(@class) || (of >= 0 && b.ClassesOf(p).Contains(of)))
            && picks?.Contains(b.Rows[p].Id) != false && (split switch
            {
                "test" => b.Rows[p].Test,
                "pool" => !b.Rows[p].Test,
                _ => true,
            }))];
    }

    private static List<int> Members(PoolIndex index, int[] clusters, int number) =>
        [.. Enumerable.Range(0, clusters.Length).Where(r => clusters[r] == number).Select(r => index.Positions[r])];

    private static GroupsJson ByCluster(Serving serving, Computed computed)
    {
        if (serving.Learner.Now is not { } learned) return new([], NotYet(serving));
        var (clusters, middles) = (computed.Clusters(learned.Index), computed.Middles(learned.Index));
        return serving.Live.With((_, b) => learned.Index.Images != b.Rows ? new GroupsJson([], NotYet(serving))
            : new([.. clusters.Index().GroupBy(c => c.Item, c => learned.Index.Positions[c.Index]).OrderBy(g => g.Key)
                .Select(g => new GroupJson($"{g.Key}", $"Group {g.Key + 1}", g.Count(),
                    g.Count(p => b.Status[p] == ImageStatus.Unlabelled),
                    b.Rows[learned.Index.Positions[middles[g.Key]]].Id, Mostly(b, g)))], null));
    }

    private static string? Mostly(Board b, IEnumerable<int> positions)
    {
        List<int> labelled = [.. positions.Where(p => b.Status[p] == ImageStatus.Labelled)];
        return labelled.SelectMany(p => b.ClassesOf(p).ToArray()).CountBy(c => c)
            .Where(c => 2 * c.Value > labelled.Count).OrderByDescending(c => c.Value).ThenBy(c => c.Key)
            .Select(c => b.Classes[c.Key].Name).FirstOrDefault();
    }

    private static GroupsJson ByFilter(Serving serving) => serving.Live.With((w, b) => new GroupsJson(
        [.. _filters.Select(filter =>
        {
            var found = Matching(w, b, null, filter, null, null, null)!;
            return new GroupJson(filter, filter, found.Count,
                found.Count(p => b.Status[p] == ImageStatus.Unlabelled));
        })], null));

    private static GroupsJson ByClass(Serving serving, Computed computed)
    {
        computed.Prepare("class", serving.Learner.Now);
        return serving.Live.With((_, b) =>
        {
            var predicted = Predicted(serving, b, computed);
            return new GroupsJson([.. predicted.OrderByDescending(g => g.Value.Count).Select(g =>
                new GroupJson(g.Key, g.Key, g.Value.Count, g.Value.Count))], predicted.Count > 0 ? null
                : serving.Learner.Now is null ? NotYet(serving) : "label images of two classes first");
        });
    }

    /// <summary>Unlabelled images of the pool by the class that the head predicts, the surest first.</summary>
    private static Dictionary<string, List<(int Position, float Probability)>> Predicted(Serving serving, Board b,
        Computed computed)
    {
        if (serving.Learner.Now is not { Head: not null } learned || learned.Index.Images != b.Rows) return [];
        if (b.MultiLabel) return MultiLabelDoubts.Predicted(learned, b);
        var (classes, probabilities) = computed.Guesses(learned);
        var found = new Dictionary<string, List<(int, float)>>();
        for (var r = 0; r < classes.Length; r++)
        {
            var position = learned.Index.Positions[r];
            if (b.Status[position] != ImageStatus.Unlabelled) continue;
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
        if (serving.Learner.Now is not { } learned || learned.Index.Images != b.Rows) return [];
        var index = learned.Index;
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

    private static MapJson Points(Serving serving, PoolIndex index, (float[] X, float[] Y) at) =>
        serving.Live.With((_, b) =>
        {
            // every k-th of a pool that is too large
            var step = (index.Positions.Length + MostPoints - 1) / MostPoints;
            int[] rows = [.. Enumerable.Range(0, index.Positions.Length).Where(r => r % Math.Max(1, step) == 0)];
            if (index.Images != b.Rows) rows = [];
            int[] positions = [.. rows.Select(r => index.Positions[r])];
            return new MapJson([.. positions.Select(p => b.Rows[p].Id)], [.. rows.Select(r => at.X[r])],
                [.. rows.Select(r => at.Y[r])],
                [.. positions.Select(p => b.Status[p].ToString().ToLowerInvariant())],
                [.. positions.Select(p => b.ClassesOf(p) is [var first, ..] ? b.Classes[first].Name : null)]);
        });
}
