using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

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
        api.MapGet("/confusion", () => Results.Json(Confusion(serving))).Produces<ConfusionJson>();
        api.MapGet("/mistakes", (HttpContext http, int? count, string? given, string? believed) => Results.Json(
            Mistakes(serving, LookApi.Some(count), given, believed, Guard.PersonIn(http).Name)))
            .Produces<DoubtsJson>();
        api.MapGet("/suspects", (HttpContext http, int? count, CancellationToken cancel) => Results.Json(
            Suspects(serving, suspects, LookApi.Some(count), Guard.PersonIn(http).Name, cancel)))
            .Produces<DoubtsJson>();
    }

    /// <summary>Labelled test images: what people said, what the head says, and how sure it is.</summary>
    private static List<(int Position, string Given, string Believed, double Probability)> Tested(Serving serving,
        Board b)
    {
        if (serving.Learner.Now is not { Head: not null } learned || learned.Index.Images != b.Rows) return [];
        var index = learned.Index;
        int[] rows = [.. Enumerable.Range(0, index.TestPositions.Length)
            .Where(r => b.Status[index.TestPositions[r]] == ImageStatus.Labelled
                && b.ClassesOf(index.TestPositions[r]).Length == 1)];
        var (p, k) = (learned.Head.Probabilities(index.Test.Copy(rows)), learned.Names.Length);
        return [.. rows.Select((r, i) =>
        {
            var best = Learned.Best(p.AsSpan(i * k, k));
            var position = index.TestPositions[r];
            return (position, b.Classes[b.ClassesOf(position)[0]].Name, learned.Names[best], p[i * k + best]);
        })];
    }

    private static ConfusionJson Confusion(Serving serving) => serving.Live.With((_, b) =>
    {
        if (b.MultiLabel) return new ConfusionJson([], []) { PerClass = MultiLabelDoubts.PerClass(serving, b) };
        var tested = Tested(serving, b);
        string[] names = [.. tested.SelectMany(t => new[] { t.Given, t.Believed }).Distinct()
            .Order(StringComparer.Ordinal)];
        int[][] counts = [.. names.Select(_ => new int[names.Length])];
        foreach (var (_, given, believed, _) in tested)
            counts[Array.IndexOf(names, given)][Array.IndexOf(names, believed)]++;
        return new ConfusionJson(names, counts);
    });

    // of one cell of the confusion matrix, where both classes are named
    private static DoubtsJson Mistakes(Serving serving, int count, string? given, string? believed, string who) =>
        serving.Live.With((w, b) =>
        {
            if (b.MultiLabel)
                return MultiLabelDoubts.Page(MultiLabelDoubts.Mistakes(serving, b), count,
                    p => serving.Image(w, b, p, who));
            var wrong = Tested(serving, b).Where(t => t.Given != t.Believed && t.Given == (given ?? t.Given)
                && t.Believed == (believed ?? t.Believed)).OrderByDescending(t => t.Probability).ToList();
            return new DoubtsJson([.. wrong.Take(count).Select(t => new DoubtJson(
                serving.Image(w, b, t.Position, who), t.Given, t.Believed, t.Probability))], wrong.Count);
        });

    /// <summary>Labels of the pool that are probably wrong, as <c>vaal review</c> lists them.</summary>
    private static DoubtsJson Suspects(Serving serving, SuspectList suspects, int count, string who,
        CancellationToken cancel)
    {
        if (serving.Learner.Now is not { } learned) return new DoubtsJson([], 0);
        if (serving.Live.With((_, b) => b.MultiLabel))
            return serving.Learner.Calibrated is not { } calibrated ? new DoubtsJson([], 0)
                : MultiLabelDoubts.Suspects(serving, calibrated, count, who);
        var found = suspects.Of(learned.Index, cancel);
        return serving.Live.With((w, b) =>
        {
            // what was changed meanwhile is suspected no longer
            var still = found.Where(s => learned.Index.Images == b.Rows && b.Status[s.Position] == ImageStatus.Labelled
                && b.ClassesOf(s.Position) is [var now] && b.Classes[now].Name == s.Label.Given).ToList();
            return new DoubtsJson([.. still.Take(count).Select(s => new DoubtJson(
                serving.Image(w, b, s.Position, who), s.Label.Given, s.Label.Believed,
                s.Label.BelievedProbability))], still.Count);
        });
    }
}
