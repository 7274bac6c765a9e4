using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>What to label next, and labels.</summary>
internal static class LabelApi
{
    private const int MostAtOnce = 500, MostImages = 200;

    /// <summary>A page of images.</summary>
    public sealed record ImagesJson(IReadOnlyList<ImageJson> Items);

    public sealed record OpJson(string Op, string Kind, int Image, string[]? Classes, ShapeJson[]? Shapes,
        bool Suggested, int? Ms, string? Step);

    public sealed record OpsJson(OpJson[] Ops);

    public sealed record ResultJson(string Op, bool Saved, long? Entry, string? Why);

    public sealed record LabelsJson(IReadOnlyList<ResultJson> Results, bool Undoable, int SinceLearned);

    public sealed record UndoRequest(string Op);

    public sealed record UndoJson(IReadOnlyList<ImageJson> Images, long? Entry, string? What, bool Undoable);

    public sealed record ImagesRequest(int[] Images);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        api.MapGet("/queue", (HttpContext http, int? count, string? skip, string? split) =>
            new ImagesJson(Queue(serving, Guard.PersonIn(http).Name, Math.Clamp(count ?? 8, 1, MostImages), Ids(skip),
                split == "test")));
        api.MapPost("/lease", (HttpContext http, ImagesRequest request) => Results.Json(new
        {
            images = serving.Leases.Renew(Guard.PersonIn(http).Name, request.Images.Take(MostImages)),
        }));
        api.MapPost("/release", (HttpContext http, ImagesRequest request) =>
        {
            serving.Leases.Release(Guard.PersonIn(http).Name, request.Images);
            return Results.NoContent();
        });
        api.MapGet("/images/{id:int}", (int id) => serving.Live.With((w, b) => b.PositionOf(id) is >= 0 and var at
            ? Results.Json(serving.Image(w, b, at)) : Problems.NotFound($"there is no image {id}")))
            .Produces<ImageJson>();
        api.MapPost("/labels", (HttpContext http, OpsJson request) => Save(serving, Guard.PersonIn(http), request))
            .Produces<LabelsJson>();
        api.MapPost("/undo", (HttpContext http, UndoRequest request) =>
            Results.Json(Undo(serving, Guard.PersonIn(http).Name, request.Op))).Produces<UndoJson>();
    }

    private static List<ImageJson> Queue(Serving serving, string who, int count, HashSet<int> skip, bool test) =>
        serving.Live.With((w, b) =>
        {
            var wanted = (test ? b.TestQueue() : b.Queue()).Select(p => b.Rows[p].Id).Where(id => !skip.Contains(id));
            return serving.Leases.Take(who, wanted, count)
                .ConvertAll(id => serving.Image(w, b, b.PositionOf(id)));
        });

    private static IResult Save(Serving serving, Workspace.Admitted person, OpsJson request)
    {
        if (request.Ops is not { Length: > 0 and <= MostAtOnce })
            return Problems.Mistake($"expected 1 to {MostAtOnce} operations, found {request.Ops?.Length ?? 0}");
        var refused = new List<ResultJson>();
        var operations = new List<LabelOperation>();
        foreach (var op in request.Ops)
        {
            try { operations.Add(Read(op)); }
            catch (InputException e) { refused.Add(new(op.Op ?? "", false, null, e.Message)); }
        }
        var (results, undoable) = serving.Live.With((w, _) =>
            (w.Annotate(operations, person.Name), w.CanUndoStep(person.Name)));
        serving.Labelled(results.Count(r => r.Entry is not null), person.Name);
        serving.Leases.Release(person.Name, operations.Select(o => o.Image));
        var byOp = results.Select(r => new ResultJson(r.Op, r.Entry is not null, r.Entry, r.Why)).Concat(refused)
            .ToLookup(r => r.Op);
        return Results.Json(new LabelsJson([.. request.Ops.Select(o => byOp[o.Op ?? ""].First())], undoable,
            serving.SinceLearned));
    }

    private static LabelOperation Read(OpJson op)
    {
        var kind = op.Kind switch
        {
            "label" or "shapes" => LabelKind.Label,
            "unsure" => LabelKind.Unsure,
            "unusable" => LabelKind.Unusable,
            "clear" => LabelKind.Clear,
            _ => throw new InputException(
                $"expected the kind label, shapes, unsure, unusable or clear, found '{op.Kind}'"),
        };
        if (string.IsNullOrEmpty(op.Op)) throw new InputException("expected an operation id, found none");
        if (op.Classes is { Length: > 1 })
            throw new InputException($"expected one class for an image, found {op.Classes.Length}");
        return new(op.Op, op.Image, kind)
        {
            Class = kind == LabelKind.Label ? op.Classes?.FirstOrDefault() : null,
            Shapes = kind == LabelKind.Label ? [.. (op.Shapes ?? []).Select(s => s.ToShape())] : [],
            Suggested = op.Suggested,
            Step = op.Step,
            Milliseconds = op.Ms,
        };
    }

    private static UndoJson Undo(Serving serving, string who, string op) => serving.Live.With((w, b) =>
    {
        var undone = w.UndoStep(op, who);
        b.Sync(w);
        if (undone is not null) serving.Leases.Take(who, undone.Images.Take(MostImages), MostImages);
        return new UndoJson([.. (undone?.Images ?? []).Take(MostImages).Select(b.PositionOf).Where(p => p >= 0)
            .Select(p => serving.Image(w, b, p))], undone?.Undone, undone?.What, w.CanUndoStep(who));
    });

    internal static HashSet<int> Ids(string? list) => [.. (list ?? "").Split(',')
        .Select(s => int.TryParse(s, out var id) ? id : -1).Where(id => id >= 0)];
}
