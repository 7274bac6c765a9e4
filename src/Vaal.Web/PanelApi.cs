using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>How the labelling goes, and the settings.</summary>
internal static class PanelApi
{
    // labels between two heads whose tests are compared
    private const int Apart = 30;

    // of two test sets the smaller has at least this share of the images of the larger
    private const double SameSize = 0.8;

    public sealed record CountJson(string Name, int Pool, int Test);

    public sealed record AccuracyJson(double Estimate, double Low, double High, int N);

    public sealed record WordsJson(string Words);

    /// <param name="Round">the last choice of images, whoever made it; null: there is none</param>
    /// <param name="Seconds">that it took</param>
    /// <param name="Labels">of the pool, that the head was fitted on</param>
    /// <param name="RoundLabels">of the pool, at the last choice; null: it does not say</param>
    public sealed record LearnedJson(int? Round, double Seconds, int Labels, int? RoundLabels);

    public sealed record PanelJson(IReadOnlyList<CountJson> PerClass, double PerMinute, AccuracyJson? Accuracy,
        WordsJson? LastHundred, WordsJson? Verdict, WordsJson? Advice, bool Learning, LearnedJson? Learned,
        int SinceLearned, string? Problem)
    {
        /// <summary>As the project has them.</summary>
        public required ProjectApi.Counts Counts { get; init; }

        /// <summary>What <see cref="Accuracy"/> is.</summary>
        public string Measure { get; init; } = "accuracy";

        /// <summary>On the labelled test images, where an image may have several classes.</summary>
        public AccuracyJson? MacroF1 { get; init; }

        /// <summary>Share of the unlabelled images that have a labelled one among the 1% of the pool most like them, at
        /// the last choice, as 'vaal status' says it; null: it is not known.</summary>
        public double? Covered { get; init; }
    }

    public sealed record SettingsChange(string Op, int? LearnEvery = null, string? Strategy = null,
        double? SuggestAbove = null, double? Overlap = null, string? Kind = null, string? Project = null);

    public static void Map(IEndpointRouteBuilder api, Serving serving)
    {
        api.MapGet("/panel", (HttpContext http) => Panel(serving, Guard.PersonIn(http)));
        api.MapPost("/learn", () =>
        {
            serving.Learner.Ask();
            return Results.StatusCode(StatusCodes.Status202Accepted);
        }).Produces(StatusCodes.Status202Accepted);
        api.MapPost("/settings", (HttpContext http, SettingsChange change) =>
        {
            var person = Guard.PersonIn(http);
            if (serving.OfAnother(change.Project) is { } another) return another;
            if (!person.Owner) return Problems.Because(StatusCodes.Status403Forbidden,
                "expected the owner to change settings, found a labeller; ask the owner");
            Problems.Id(change.Op);
            serving.Change(old => old with
            {
                LearnEvery = change.LearnEvery ?? old.LearnEvery,
                Strategy = change.Strategy ?? old.Strategy,
                SuggestAbove = change.SuggestAbove ?? old.SuggestAbove,
                Overlap = change.Overlap ?? old.Overlap,
                Kind = change.Kind ?? old.Kind,
            }, change.Kind switch { "multi" => true, "classes" => false, _ => null }, change.Op,
                JsonSerializer.Serialize(change with { Op = "", Project = null }, Json.Options), person.Name);
            if (change.Strategy is not null) serving.Learner.ChooseAnew();
            serving.Events.Tell("panel");
            serving.Events.Tell("classes");                                          // other open pages ask again
            return Results.Json(ProjectApi.Project(serving, person));
        }).Produces<ProjectApi.ProjectJson>();
    }

    private static PanelJson Panel(Serving serving, Workspace.Admitted person)
    {
        var ((counts, classes), round) = serving.With(person, seen => (seen.Tallies(), seen.Board.Round));
        var (learner, learned) = (serving.Learner, serving.Learner.Now);
        var worth = learned?.MultiLabel is null ? Worth(learner.History) : Worth(learner.SeveralHistory);
        return new(classes.ConvertAll(c => new CountJson(c.Class.Name, c.Pool, c.Class.Test)),
            serving.Pace.PerMinute(person.Name),
            learned switch
            {
                { MultiLabel: { } several } => Accuracy(several.MeanAp, learned.Tests),
                { Tests: > 0 } => Accuracy(Statistics.Wilson(learned.Correct, learned.Tests), learned.Tests),
                _ => null,
            },
            worth is null ? null : new(worth.Words),
            (round?.Health is { } health ? RankingHealth.Parse(health).Verdict : null) is { } verdict
                ? new(verdict) : null,
            new(Advice(counts.Test, counts.TestLabelled, worth)), learner.IsBusy,
            learned is null ? null : Chosen(round, learned.Labels), learner.Since,
            learner.Problem)
        {
            Counts = counts,
            Measure = (learned?.MultiLabel is null ? LabelForm.Class : LabelForm.Classes).Measure,
            Covered = learned?.Covered,
            MacroF1 = learned?.MultiLabel is { } of ? Accuracy(of.MacroF1, learned.Tests) : null,
        };
    }

    private static LearnedJson Chosen(RoundRow? round, int labels)
    {
        if (round is null) return new(null, 0, labels, null);
        using var options = JsonDocument.Parse(round.Options);
        return new(round.Id, (round.Finished - round.Started).TotalSeconds, labels,
            options.RootElement.TryGetProperty("labelled", out var then) && then.ValueKind == JsonValueKind.Number
                ? then.GetInt32() : null);
    }

    // one test image has no interval
    private static AccuracyJson? Accuracy(Interval i, int n) => !double.IsFinite(i.Estimate) ? null
        : double.IsFinite(i.Low + i.High) ? new(i.Estimate, i.Low, i.High, n) : new(i.Estimate, 0, 1, n);

    /// <summary>By heads that were fitted about a third of a hundred labels apart; null: there are too few.</summary>
    internal static LabelsWorth? Worth(IReadOnlyList<(int Labels, int Correct, int Tests)> history) =>
        Comparable(history, h => h.Labels, h => h.Tests) is { Count: > 1 } some ? LabelsWorth.Of(some) : null;

    /// <summary>The same by mean average precision.</summary>
    internal static LabelsWorth? Worth(IReadOnlyList<(int Labels, Interval MeanAp, int Tests)> history) =>
        Comparable(history, h => h.Labels, h => h.Tests) is { Count: > 1 } some
            ? LabelsWorth.Of([.. some.Select(h => (h.Labels, h.MeanAp))], LabelForm.Classes.Measure) : null;

    // the last few, tested on as many images as now, or nearly: others are not to be compared
    private static List<T> Comparable<T>(IReadOnlyList<T> history, Func<T, int> labels, Func<T, int> tests)
    {
        var some = new List<T>();
        foreach (var point in history.Reverse())
        {
            if (some.Count == LabelsWorth.Lately) break;
            if (some.Count > 0 && (labels(point) > labels(some[^1]) - Apart
                || tests(point) < SameSize * tests(some[0]) || tests(some[0]) < SameSize * tests(point))) continue;
            some.Add(point);
        }
        some.Reverse();
        return some;
    }

    internal static string Advice(int test, int tested, LabelsWorth? worth)
    {
        const int enough = 30;
        if (test == 0) return "there is no test set, so the worth of labels cannot be measured; 'vaal init --test 10%' "
            + "draws one";
        if (tested < Math.Min(enough, test))
            return $"label test images too: {tested} of {test} {Counted.Has(tested)} a label, and they measure what "
                + "labels are worth";
        if (worth is null) return "continue: after some more labels this panel says what they are worth";
        return worth.Stop ? "stopping is sensible: more labels are hardly worth it" : "continue";
    }
}
