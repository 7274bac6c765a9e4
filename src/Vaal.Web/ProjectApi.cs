using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>The project as a whole, and its classes.</summary>
internal static class ProjectApi
{
    public sealed record Me(string Name, string Role);

    public sealed record ClassJson(string Name, string? Color, string? Key, int Pool, int Test);

    public sealed record Counts(int Pool, int Labelled, int Unlabelled, int Unsure, int Unusable, int Test,
        int TestLabelled);

    public sealed record ProjectJson(
        string Id, string Name, string Kind, Me Me, IReadOnlyList<ClassJson> Classes, Counts Counts,
            string? Strategy, int? Batch,
        int LearnEvery, int? Round, string? Encoder, double? SuggestAbove, double Overlap, bool Shapes, bool Undoable,
            IReadOnlyList<string> Strategies, ServeSettings Settings);

    public sealed record ClassChange(
        string Op, string? Action, string? Name, string? To = null, string? Color = null, string? Key = null,
        string? Project = null);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        var live = serving.Live;
        api.MapGet("/project", (HttpContext http) => Project(serving, Guard.PersonIn(http)));
        api.MapPost("/classes", (HttpContext http, ClassChange change) =>
        {
            var person = Guard.PersonIn(http);
            if (change.Action is "rename" or "merge" && !person.Owner)
                return Problems.Because(StatusCodes.Status403Forbidden,
                    $"expected the owner to {change.Action} a class, found a labeller; ask the owner");
            if (serving.OfAnother(change.Project) is { } another) return another;
            live.With((w, _) => w.ChangeClasses(Problems.Id(change.Op), change.Action ?? "", change.Name ?? "",
                change.Action switch { "color" => change.Color, "key" => change.Key, _ => change.To }, person.Name));
            serving.Events.Tell("classes");
            return Results.Json(Project(serving, person));
        }).Produces<ProjectJson>();
    }

    public static ProjectJson Project(Serving serving, Workspace.Admitted person) => serving.With(person, seen =>
    {
        var (w, b, (counts, classes)) = (seen.Workspace, seen.Board, seen.Tallies());
        return new ProjectJson(
            serving.Id, Path.GetFileName(w.Root), serving.KindOf(b),
            new(person.Name, person.Owner ? "owner" : "labeller"),
            classes.ConvertAll(c => new ClassJson(c.Class.Name, b.Looks.GetValueOrDefault(c.Class.Name)?.Color,
                b.Looks.GetValueOrDefault(c.Class.Name)?.Key, c.Pool, c.Class.Test)),
            counts,
            b.Round?.Strategy ?? serving.Settings.Strategy, b.Round?.Budget, serving.Settings.LearnEvery, b.Round?.Id,
            serving.Encoder, serving.SuggestAbove, serving.Settings.Overlap,
            serving.HasShapes(b), w.CanUndoStep(person.Name), Reranker.Strategies, serving.Settings);
    });
}
