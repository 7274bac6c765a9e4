using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Where the head and people disagree: on test images, and on labels of the pool.</summary>
internal static class DoubtApi
{
    public sealed record ConfusionJson(IReadOnlyList<string> Classes, int[][] Counts)
    {
        /// <summary>Where an image may have several classes: how the yes and no of each came out; null: it has
        /// one.</summary>
        public IReadOnlyList<ClassCountsJson>? PerClass { get; init; }
    }

    /// <summary>Of labelled test images: how many have the class and are predicted to have it, and so on.</summary>
    public sealed record ClassCountsJson(string Name, int Right, int Missed, int Wrong, int Without);

    /// <param name="Given">the label, in words</param>
    /// <param name="Probability">of what is believed; of several classes an image, of the one that makes the
    /// difference</param>
    public sealed record DoubtJson(ImageJson Image, string Given, string Believed, double Probability)
    {
        public IReadOnlyList<string> GivenClasses { get; init; } = [Given];
        public IReadOnlyList<string> BelievedClasses { get; init; } = [Believed];
    }

    public sealed record DoubtsJson(IReadOnlyList<DoubtJson> Items, int Total);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        var suspects = new SuspectList(serving.Live);
        api.MapGet("/confusion", (HttpContext http) =>
            Results.Json(serving.With(Guard.PersonIn(http), seen => Confusion(serving, seen))))
            .Produces<ConfusionJson>();
        api.MapGet("/mistakes", (HttpContext http, int? count, string? given, string? believed) => Results.Json(
            serving.With(Guard.PersonIn(http), seen => Mistakes(serving, seen, LookApi.Some(count), given, believed))))
            .Produces<DoubtsJson>();
        api.MapGet("/suspects", (HttpContext http, int? count, CancellationToken cancel) => Results.Json(
            Suspects(serving, suspects, LookApi.Some(count), Guard.PersonIn(http), cancel)))
            .Produces<DoubtsJson>();
    }

    /// <summary>Labelled test images: what people said, what the head says, and how sure it is.</summary>
    private static List<(int Position, string Given, string Believed, double Probability)> Tested(Serving serving,
        Seen seen)
    {
        var b = seen.Board;
        if (serving.Learner.Now is not { Head: not null } learned || learned.Index.Images != b.Rows) return [];
        var index = learned.Index;
        int[] rows = [.. Enumerable.Range(0, index.TestPositions.Length)
            .Where(r => seen.StatusOf(index.TestPositions[r]) == ImageStatus.Labelled
                && seen.ClassesOf(index.TestPositions[r]).Length == 1)];
        var (p, k) = (learned.Head.Probabilities(index.Test.Copy(rows)), learned.Names.Length);
        return [.. rows.Select((r, i) =>
        {
            var best = Learned.Best(p.AsSpan(i * k, k));
            var position = index.TestPositions[r];
            return (position, b.Classes[seen.ClassesOf(position)[0]].Name, learned.Names[best], p[i * k + best]);
        })];
    }

    private static ConfusionJson Confusion(Serving serving, Seen seen)
    {
        if (seen.Board.MultiLabel) return new([], []) { PerClass = MultiLabelDoubts.PerClass(serving, seen) };
        var tested = Tested(serving, seen);
        string[] names = [.. tested.SelectMany(t => new[] { t.Given, t.Believed }).Distinct()
            .Order(StringComparer.Ordinal)];
        int[][] counts = [.. names.Select(_ => new int[names.Length])];
        foreach (var (_, given, believed, _) in tested)
            counts[Array.IndexOf(names, given)][Array.IndexOf(names, believed)]++;
        return new(names, counts);
    }

    // of one cell of the confusion matrix, where both classes are named
    private static DoubtsJson Mistakes(Serving serving, Seen seen, int count, string? given, string? believed)
    {
        if (seen.Board.MultiLabel)
            return MultiLabelDoubts.Page(MultiLabelDoubts.Mistakes(serving, seen), count, seen.Image);
        var wrong = Tested(serving, seen).Where(t => t.Given != t.Believed && t.Given == (given ?? t.Given)
            && t.Believed == (believed ?? t.Believed)).OrderByDescending(t => t.Probability).ToList();
        return new([.. wrong.Take(count).Select(t => new DoubtJson(seen.Image(t.Position), t.Given, t.Believed,
            t.Probability))], wrong.Count);
    }

    /// <summary>Labels of the pool that are probably wrong, as <c>vaal review</c> lists them, without those that this
    /// person does not see.</summary>
    private static DoubtsJson Suspects(Serving serving, SuspectList suspects, int count, Workspace.Admitted person,
        CancellationToken cancel)
    {
        if (serving.Learner.Now is not { } learned) return new DoubtsJson([], 0);
        if (serving.Live.With((_, b) => b.MultiLabel))
            return serving.Learner.Calibrated is not { } calibrated ? new DoubtsJson([], 0)
                : MultiLabelDoubts.Suspects(serving, calibrated, count, person);
        var found = suspects.Of(learned.Index, cancel);
        return serving.With(person, seen =>
        {
            var b = seen.Board;
            // what was changed meanwhile is suspected no longer
            var still = found.Where(s => learned.Index.Images == b.Rows && !seen.Hides(s.Position)
                && seen.StatusOf(s.Position) == ImageStatus.Labelled
                && seen.ClassesOf(s.Position) is [var now] && b.Classes[now].Name == s.Label.Given).ToList();
            return new DoubtsJson([.. still.Take(count).Select(s => new DoubtJson(seen.Image(s.Position),
                s.Label.Given, s.Label.Believed, s.Label.BelievedProbability))], still.Count);
        });
    }
}
