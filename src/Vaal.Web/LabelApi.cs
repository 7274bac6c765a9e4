using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>What to label next, and labels.</summary>
internal static class LabelApi
{
    private const int MostAtOnce = 500, MostImages = 200;

    /// <summary>What to label next.</summary>
    /// <param name="Others">how many images other pages hold, where fewer were given than asked for; else 0</param>
    public sealed record QueueJson(IReadOnlyList<ImageJson> Items, int Others);

    public sealed record OpJson(string Op, string Kind, int Image, string[]? Classes = null,
        ShapeJson?[]? Shapes = null, bool Suggested = false, int? Ms = null, string? Step = null, bool Settle = false,
        bool Add = false);

    public sealed record OpsJson(OpJson?[]? Ops, string? Project = null);

    public sealed record ResultJson(string Op, bool Saved, long? Entry, string? Why);

    public sealed record LabelsJson(IReadOnlyList<ResultJson> Results, bool Undoable, int SinceLearned);

    public sealed record UndoRequest(string Op, string? Undoes = null, string? Project = null);

    public sealed record UndoJson(IReadOnlyList<ImageJson> Images, long? Entry, string? What, bool Undoable);

    public sealed record ImagesRequest(int[]? Images);

    public sealed record LeasedJson(IReadOnlyList<int> Images);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        api.MapGet("/queue", (HttpContext http, int? count, string? skip, string? split, string? selection) =>
            selection is not null && serving.Selections.In(selection) is null
                ? Problems.NotFound("this selection no longer exists; choose its images on the map again")
                : Results.Json(serving.With(Guard.PersonIn(http), seen => Queue(serving, seen, HolderIn(http),
                    Math.Clamp(count ?? 8, 1, MostImages), Ids(skip), split == "test",
                    serving.Selections.Of(selection)))))
            .Produces<QueueJson>();
        api.MapPost("/lease", (HttpContext http, ImagesRequest request) => Results.Json(new LeasedJson(
            serving.Leases.Renew(HolderIn(http), (request.Images ?? []).Take(MostImages))))).Produces<LeasedJson>();
        api.MapPost("/release", (HttpContext http, ImagesRequest request) =>
        {
            serving.Leases.Release(HolderIn(http), request.Images ?? []);
            return Results.NoContent();
        }).Produces(StatusCodes.Status204NoContent);
        api.MapGet("/images/{id:int}", (HttpContext http, int id) => serving.With(Guard.PersonIn(http), seen =>
            seen.Board.PositionOf(id) is >= 0 and var at ? Results.Json(seen.Image(at))
                : Problems.NotFound($"there is no image {id}")))
            .Produces<ImageJson>();
        api.MapPost("/labels", (HttpContext http, OpsJson request) => serving.OfAnother(request.Project)
            ?? Save(serving, Guard.PersonIn(http), HolderIn(http), request))
            .Produces<LabelsJson>();
        api.MapPost("/undo", (HttpContext http, UndoRequest request) =>
            serving.OfAnother(request.Project) ?? Results.Json(Undo(serving, Guard.PersonIn(http), HolderIn(http),
                request))).Produces<UndoJson>();
    }

    // two tabs of one person are given different images
    private static Holder HolderIn(HttpContext http) => new(Guard.PersonIn(http).Name,
        http.Request.Headers["X-Vaal-Page"].ToString() is { Length: <= 64 } page ? page : "");

    private static QueueJson Queue(Serving serving, Seen seen, Holder holder, int count, HashSet<int> skip, bool test,
        HashSet<int>? selection)
    {
        var b = seen.Board;
        var wanted = 0;                                         // whole where there are too few: Take reads to the end
        var given = serving.Leases.Take(holder, (test ? b.TestQueue() : serving.QueueOf(b, holder.Who))
            .Select(p => b.Rows[p].Id).Where(id => !skip.Contains(id) && selection?.Contains(id) != false)
            .Select(id => { wanted++; return id; }), count);
        return new(given.ConvertAll(id => seen.Image(b.PositionOf(id))),
            given.Count < count ? wanted - given.Count : 0);
    }

    private static IResult Save(Serving serving, Workspace.Admitted person, Holder holder,
        OpsJson request)
    {
        if (request.Ops is not { Length: > 0 and <= MostAtOnce })
            return Problems.Mistake($"expected 1 to {MostAtOnce} operations, found {request.Ops?.Length ?? 0}");
        var answers = new ResultJson[request.Ops.Length];
        var (operations, places) = (new List<LabelOperation>(), new List<int>());
        // one that was saved before is answered as then
        var shapes = serving.Live.With((w, b) => serving.Settings.Kind != "shapes" || b.MultiLabel ? []
            : request.Ops.Select(o => o?.Op).OfType<string>().Where(op => !w.IsSaved(op)).ToHashSet());
        foreach (var (at, op) in request.Ops.Index())
        {
            try
            {
                operations.Add(Read(op, person.Owner, shapes.Contains(op?.Op ?? "")));
                places.Add(at);
            }
            catch (InputException e) { answers[at] = new(op?.Op ?? "", false, null, e.Message); }
        }
        var (results, undoable) = serving.Live.With((w, b) => (w.Annotate(operations, person.Name,
            id => b.PositionOf(id) is >= 0 and var at && serving.IsOverlapped(b, at), person.Owner),
            w.CanUndoStep(person.Name)));
        serving.Saved(results.Count(r => r is { Entry: not null, Again: false }), person.Name);
        // an image whose label is refused is on the screen again
        serving.Leases.Release(holder, operations.Zip(results).Where(o => o.Second.Entry is not null)
            .Select(o => o.First.Image));
        foreach (var (at, r) in places.Zip(results)) answers[at] = new(r.Op, r.Entry is not null, r.Entry, r.Why);
        return Results.Json(new LabelsJson(answers, undoable, serving.Learner.Since));
    }

    private static LabelOperation Read(OpJson? op, bool settle, bool shapes)
    {
        if (op is null) throw new InputException("expected an operation, found null");
        var kind = op.Kind switch
        {
            "label" or "shapes" => LabelKind.Label,
            "unsure" => LabelKind.Unsure,
            "unusable" => LabelKind.Unusable,
            "clear" => LabelKind.Clear,
            _ => throw new InputException(
                $"expected the kind label, shapes, unsure, unusable or clear, found '{op.Kind}'"),
        };
        Problems.Id(op.Op);
        if (op.Classes?.Any(c => c is null) == true)
            throw new InputException("expected names of classes, found null among them");
        // the image would count as labelled and have no shape
        if (shapes && op is { Kind: "label", Classes.Length: > 0, Shapes: null or { Length: 0 } })
            throw new InputException("expected shapes, as this workspace labels by shapes, found a class alone; give "
                + "each shape its class, or send the kind shapes with none where nothing is in the image");
        if (op.Settle && !settle)
            throw new InputException("expected the owner to settle a disagreement, found a labeller");
        return new(op.Op, op.Image, kind)
        {
            Classes = kind == LabelKind.Label ? op.Classes ?? [] : null,
            Part = op.Kind == "shapes" ? LabelPart.Shapes : op.Shapes is { Length: > 0 } ? LabelPart.All
                : LabelPart.Classes,
            Shapes = kind == LabelKind.Label ? [.. (op.Shapes ?? []).Select(ShapeJson.ToShape)] : [],
            Suggested = op.Suggested,
            Step = op.Step,
            Milliseconds = op.Ms,
            Settle = settle && op.Settle,
            Add = op.Add,
        };
    }

    private static UndoJson Undo(Serving serving, Workspace.Admitted person, Holder holder, UndoRequest request) =>
        serving.With(person, seen =>
        {
            var (w, b) = (seen.Workspace, seen.Board);
            var undone = w.UndoStep(Problems.Id(request.Op), person.Name, request.Undoes);
            b.Sync(w);
            if (undone is { What: "classes" }) serving.Events.Tell("classes");       // other open pages ask again
            int[] images = [.. (undone?.Images ?? (request.Undoes is { } step ? w.ImagesOfStep(step) : []))
                .Where(id => b.PositionOf(id) >= 0).Take(MostImages)];
            serving.Leases.Take(holder, images, MostImages);
            return new UndoJson([.. images.Select(id => seen.Image(b.PositionOf(id)))], undone?.Undone,
                undone switch
                {
                    null when request.Undoes is not null => "that was taken back already",
                    null => "there is nothing to take back",
                    { What: "classes" } => "a change of the classes was taken back",
                    { Images: [var only] } when b.PositionOf(only) is >= 0 and var at =>
                        $"the label of {b.Rows[at].Path} is as it was before",
                    _ => $"{Counted.Of(undone.Images.Count, "label is as it was", "labels are as they were")} before",
                }, w.CanUndoStep(person.Name));
        });

    internal static HashSet<int> Ids(string? list) => [.. (list ?? "").Split(',')
        .Select(s => int.TryParse(s, out var id) ? id : -1).Where(id => id >= 0)];
}
