using System.Globalization;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Records;
using Vaal.Workspaces;

namespace Vaal.Reports;

/// <summary>What a workspace has to report about one of its rounds.</summary>
public static partial class WorkspaceReport
{
    private const int MostPicks = 1_000, MostGroups = 60, MostOfGroup = 12;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes one HTML file that needs no network. Another file of that name is replaced if it is a
    /// report.</summary>
    /// <param name="path">null: <c>report.html</c> in the workspace's own folder</param>
    /// <param name="round">its number; null: the last one that stands</param>
    /// <returns>where the report is</returns>
    /// <exception cref="InputException">there is no such round, no image can be read, or the path is not
    /// free</exception>
    public static string Save(
        Workspace workspace, string? path = null, int? round = null, Action<TrainEvent>? report = null,
            CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var file = Path.GetFullPath(path ?? Path.Combine(workspace.Folder, "report.html"));
        if (Directory.Exists(file)) throw new InputException($"{file} is a folder; give --out the name of a file");
        // an empty file, such as mktemp makes, is nobody's work
        if (path is not null && File.Exists(file) && !HtmlReport.IsOne(file)
            && !(RegularFile.Is(file) && RegularFile.Length(file) == 0))
            throw new InputException($"{file} exists and is not a report of vaal; give --out another file");
        HtmlReport.Save(file, Of(workspace, round, report: report, cancel: cancel));
        return file;
    }

    /// <param name="round">its number; null: the last one that stands</param>
    /// <exception cref="InputException">there is no such round, or no image can be read</exception>
    internal static ReportData Of(
        Workspace workspace, int? round = null, TimeProvider? clock = null, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var status = workspace.Status();
        var shown = Shown(status.Rounds, round);
        using var images = workspace.LoadImages(report: report, cancel: cancel);
        var at = images.Rows.Index().ToDictionary(r => r.Item.Id, r => r.Index);
        var labels = workspace.Labels().ToDictionary(l => l.Image);
        var picks = shown is null ? [] : workspace.Picks(shown.Id).Where(p => at.ContainsKey(p.Image)).ToList();
        var artifacts = shown is null ? null : RoundArtifacts.Load(workspace.ModelsOf(shown.Id));
        var why = Why(shown, artifacts);
        return new ReportData
        {
            Title = Path.GetFileName(status.Root) is { Length: > 0 } name ? name : status.Root,
            Subtitle = shown is null ? "No round has chosen images yet." : Words(shown, status.Rounds),
            Version = typeof(WorkspaceReport).Assembly.GetName().Version!.ToString(3),
            Made = (clock ?? TimeProvider.System).GetLocalNow(),
            Counts = Counts(status),
            Health = HealthOf(shown, artifacts),
            Picks = picks.Count == 0
                ? Section.Missing<ReportPicks>(shown is null
                    ? "No round has chosen images yet; run 'vaal next'."
                    : "All images that this round chose were removed.")
                : Picks(workspace.ImageFiles, images, picks, at, labels, cancel),
            Unlike = Unlike(workspace, shown, images, at, cancel),
            Masks = Masks(workspace, shown, picks, report, cancel),
            OfNetworks = HasNetworks(shown, artifacts),
            Map = artifacts?.Map is { } map ? Map(map, images, at, picks) : Section.Missing<ReportMap>(why),
            Scores = artifacts?.Scores is { } scores ? scores : Section.Missing<ScoreHistogram>(why),
            Training = artifacts?.Training is { Count: > 0 } training
                ? new(training, null)
                : Section.Missing<IReadOnlyList<TrainingPoint>>(why),
            Classes = status.Classes.Count == 0
                ? Section.Missing<IReadOnlyList<ReportCount>>("No label has a class yet.")
                : new([.. status.Classes
                    .OrderByDescending(c => c.Images).Select(c => new ReportCount(c.Class, c.Images))], null),
            LearningCurve = Curve(workspace.Trainings(), workspace.Worth().Words),
            Suspects = workspace.Suspects() is { Count: > 0 } suspects
                ? new Section<IReadOnlyList<SuspectLabel>>(suspects, null) : null,
            NearDuplicates = Groups(workspace.ImageFiles, images, status, cancel),
            Rounds = [
                .. status.Rounds.Select(
                    r => new ReportRound(
                        r.Id, r.Strategy, r.Seed, r.Chosen, r.Labelled, r.Finished, r.Finished - r.Started,
                        r.Undone is null ? VerdictOf(r) : "taken back"))],
        };
    }

    /// <summary>The trainings of the kind of the last; of several with as many labels, the newest counts.</summary>
    internal static Section<ReportAccuracy> Curve(IReadOnlyList<TrainingRow> trainings, string worth)
    {
        if (trainings.Count == 0)
            return Section.Missing<ReportAccuracy>(
                "No task model has been trained on these labels; "
                + "'vaal train' trains one if the workspace has a test set.");
        var points = TrainingRow.LikeTheLast(trainings).GroupBy(t => t.Labels).OrderBy(g => g.Key)
            .Select(g => g.Last()).ToList();
        var (least, most) = (points.Min(t => t.Tests), points.Max(t => t.Tests));
        var tests = (least == most ? "" : string.Create(Invariant, $"{least:N0} to "))
            + Counted.Of(most, "labelled image");
        return new ReportAccuracy(
            [.. points.Select(t => t.Labels)], [.. points.Select(t => t.Accuracy)],
            $"{Measured(points[^1])} of the task model on the test set ({tests}), "
            + $"with its 95% interval, after each training; {worth}.")
        {
            Measure = points[^1].Measure,
            Classes = OfClasses(points)
        };
    }

    private static string Measured(TrainingRow training) => training switch
    {
        { Masks: not null } => "Mean intersection over union",
        { MultiLabel: { } labels } => string.Create(Invariant,
            $"Mean average precision (macro F1 {100 * labels.MacroF1.Estimate:0.0}%)"),
        _ => "Accuracy",
    };

    // the newest training's classes first, then those that only older ones knew
    private static IReadOnlyList<ReportClassCurve> OfClasses(IReadOnlyList<TrainingRow> points)
    {
        var iou = points.Select(t => t.Masks?.Classes.ToDictionary(c => c.Class, c => c.Iou)
            ?? t.MultiLabel?.Classes.ToDictionary(c => c.Class, c => c.Ap) ?? []).ToList();
        return [.. iou.AsEnumerable().Reverse().SelectMany(c => c.Keys).Distinct()
            .Select(name => new ReportClassCurve(name, [.. iou.Select(c => c.GetValueOrDefault(name, double.NaN))]))];
    }

    private static RoundRow? Shown(IReadOnlyList<RoundRow> rounds, int? wanted)
    {
        if (wanted is null) return rounds.LastOrDefault(r => r.Undone is null);
        return rounds.FirstOrDefault(r => r.Id == wanted)
            ?? throw new InputException(rounds.Count == 0
                ? $"there is no round {wanted}; none has been made yet"
                : $"there is no round {wanted}; there are 1 to {rounds[^1].Id}");
    }

    private static string Words(RoundRow r, IReadOnlyList<RoundRow> rounds) => string.Create(
        Invariant,
        $"Round {r.Id} of {rounds.Count}{(r.Undone is null ? "" : ", taken back")}: {r.Chosen} "
        + $"{(r.Picks == 1 ? "image" : "images")} chosen by "
        + $"{r.Strategy} with seed {r.Seed} on {r.Finished:yyyy-MM-dd HH:mm}; {r.Labelled:N0} of "
        + $"{(r.Parts > 0 ? "the images" : "them")} {Counted.Has(r.Labelled)} a label now.");

    // what was trained and is not there is worth a word, what a strategy does not need is not
    private static bool HasNetworks(RoundRow? shown, RoundArtifacts? artifacts) => artifacts is null
        ? shown?.Health is not null
        : shown!.Strategy == NextReport.ColdStart || artifacts.Map is not null || artifacts.Scores is not null
            || artifacts.Training is { Count: > 0 };

    private static string Why(RoundRow? shown, RoundArtifacts? artifacts)
    {
        if (shown is null) return "No round has been made yet.";
        if (artifacts is null)
            return shown.Health is null
                ? $"Round {shown.Id} ({shown.Strategy}) trained no networks."
                : $"Round {shown.Id} left no record of this.";
        return shown.Strategy == NextReport.ColdStart
            ? "It was a cold start: without labels no discriminator can be trained."
            : $"Round {shown.Id} ({shown.Strategy}) trained no network that this section needs.";
    }

    private static List<ReportCount> Counts(WorkspaceStatus s) =>
    [
        new("images", s.Images), new("labelled", s.Labelled), new("unlabelled", s.Unlabelled),
        .. new ReportCount[] { new("in the test set", s.Test), new("look alike", s.NearDuplicates),
            new("exact duplicates", s.Duplicates), new("broken files", s.Broken),
            new($"have features of {PretrainedEncoders.Shown(s.Features?.Encoder ?? "")}", s.Features?.Images ?? 0),
            new("nearly the same by features", s.Features?.Near.Sum(g => g.Count) ?? 0),
            new("like no other", s.Features?.Outliers.Count ?? 0) }.Where(c => c.Value > 0),
    ];

    private static ReportPicks Picks(
        ImageRoot root, WorkspaceImages images, List<PickRow> picks, Dictionary<int, int> at,
        Dictionary<int, LabelRow> labels, CancellationToken cancel)
    {
        var shown = picks.Take(MostPicks).ToList();
        return new(
            [.. shown.Select(
                p => new ReportPick(images.Rows[at[p.Image]].Path, p.Rank, p.Score, ReasonOf(p), LabelOf(p.Image)))],
            Thumbnails.OfFiles(root, images.Images, [.. shown.Select(p => at[p.Image])], cancel: cancel), picks.Count);

        static string? ReasonOf(PickRow p) => p.Regions.Count == 0 ? p.Reason
            : string.Join("; ", p.Regions.Select(r => $"{r.Width} × {r.Height} at {r.X}, {r.Y}"
                + (r.Reason is null ? "" : $": {r.Reason}")));

        string? LabelOf(int image) => labels.GetValueOrDefault(image) is { } label ? label.Describe() : null;
    }

    private static ReportUnlike? Unlike(Workspace workspace, RoundRow? shown, WorkspaceImages images,
        Dictionary<int, int> at, CancellationToken cancel)
    {
        if (shown?.Health is null || RankingHealth.Parse(shown.Health).Unlike is not { } unlike
            || unlike.Words([]) is not { } words) return null;
        var examples = workspace.StillUnlabelled(unlike).Where(e => at.ContainsKey((int)e.Image)).ToList();
        int[] rows = [.. examples.Select(e => at[(int)e.Image])];
        return new(words, [.. examples.Select(e => e.Path)],
            Thumbnails.OfFiles(workspace.ImageFiles, images.Images, rows, tile: 96, cancel: cancel));
    }

    private static ReportMap Map(LatentMap map, WorkspaceImages images, Dictionary<int, int> at, List<PickRow> picks)
    {
        var rank = picks.ToDictionary(p => p.Image, p => p.Rank);
        var there = Enumerable.Range(0, map.Images.Count).Where(i => at.ContainsKey((int)map.Images[i])).ToList();
        var points = there.Select(i => new ReportPoint(
            map.X[i], map.Y[i], Kind(i), images.Rows[at[(int)map.Images[i]]].Path,
            map.Scores.Count == 0 ? null : map.Scores[i], rank.TryGetValue((int)map.Images[i], out var r) ? r : null))
            .ToList();
        return new(
            points, Thumbnails.Of(images.Images, [.. there.Select(i => at[(int)map.Images[i]])]), map.ExplainedX,
            map.ExplainedY, map.Pool);

        PointKind Kind(int i) => rank.ContainsKey((int)map.Images[i])
            ? PointKind.Chosen
            : map.Labelled[i]
            ? PointKind.Labelled
            : PointKind.Unlabelled;
    }

    private static Section<ReportGroups> Groups(
        ImageRoot root, WorkspaceImages images, WorkspaceStatus status, CancellationToken cancel)
    {
        var groups = images.Rows.Index().Where(r => r.Item is { State: ImageState.Ok, NearGroup: not null })
            .GroupBy(r => r.Item.NearGroup).Where(g => g.Skip(1).Any())
            .OrderByDescending(g => g.Count()).Select(g => g.Take(MostOfGroup).Select(r => r.Index).ToArray()).ToList();
        if (groups.Count == 0) return Section.Missing<ReportGroups>("No two images look alike.");
        var shown = groups.Take(MostGroups).ToList();
        return new ReportGroups([.. shown.Select(g => g.Select(i => images.Rows[i].Path).ToArray())],
            Thumbnails.OfFiles(root, images.Images, [.. shown.SelectMany(g => g)], tile: 96, cancel: cancel),
                groups.Count, status.NearDuplicates);
    }

    private static string? VerdictOf(RoundRow round) =>
        round.Health is { } health ? RankingHealth.Parse(health).Verdict : null;

    private static Section<ReportHealth> HealthOf(RoundRow? round, RoundArtifacts? artifacts)
    {
        if (round is null) return Section.Missing<ReportHealth>("");
        if (round.Health is null)
            return Section.Missing<ReportHealth>(artifacts?.Scores is null
                ? $"Round {round.Id} ({round.Strategy}) was not ranked by a discriminator, so it has no verdict."
                : $"There is no verdict on the ranking of round {round.Id} ({round.Strategy}): it ranks by " +
                    $"predicted loss too, "
                    + "which is learned from all labels, including those of the held-out images.");
        var h = RankingHealth.Parse(round.Health);
        if (h.Verdict is not { Length: > 0 } verdict)
            return Section.Missing<ReportHealth>(round.Strategy == NextReport.ColdStart
                ? "A cold start ranks nothing, so there is no verdict on a ranking."
                : $"Round {round.Id} ({round.Strategy}) was not ranked by a discriminator, so it has no verdict.");
        var level = h.Trust switch
        {
            Trust.Informative => HealthLevel.Informative,
            Trust.Weak => HealthLevel.Weak,
            Trust.CannotBeJudged => HealthLevel.Unknown,
            _ => HealthLevel.None,
        };
        var dimensions = h.KlPerUnit.Count > 0
            ? $"of {h.KlPerUnit.Count} latent dimensions are active"
            : "active latent dimensions";
        var baseline = double.IsNaN(h.MeanImageMse)
            ? "mean squared error"
            : string.Create(Invariant, $"mean squared error; the mean image reaches {h.MeanImageMse:0.000}");
        var sample = h.Sample ?? FairSample.Unknown(0, 0);
        ReportNumber?[] numbers =
        [
            Of("fair sample", sample.Auc, "0.00", "labels that no strategy chose against the pool; 0.5: no difference",
                Interval(sample.Low, sample.High)),
            Of("held-out AUC", h.HeldOutAuc, "0.00", "of D on images that it has not seen; 0.5 is chance",
                Interval(h.AucLow, h.AucHigh)),
            Of("active units", h.ActiveUnits, "0", dimensions),
            Of("KL", h.Kl, "0.0", "nats per image: information in the latent code"),
            Of("reconstruction", h.ReconstructionMse, "0.000", baseline),
            Of("spread of scores", h.ScoreSpread, "0.00", "near 0: D gives all images the same score"),
            Of("agreement", h.Agreement, "0.00", "rank correlation with images moved by one pixel"),
            Of("agreement of seeds", h.SeedAgreement, "0.00", "rank correlation of trainings with two seeds"),
        ];
        // the level is the panel's headline
        var why = verdict[(verdict.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon ? colon + 2 : 0)..];
        return new ReportHealth(
            level, char.ToUpperInvariant(why[0]) + why[1..] + ".", [.. numbers.OfType<ReportNumber>()]);

        static ReportNumber? Of(string name, double value, string format, string meaning, string after = "") =>
            double.IsNaN(value) ? null : new(name, value.ToString(format, Invariant) + after, meaning);

        static string Interval(double low, double high) =>
            double.IsNaN(low + high) ? "" : string.Create(Invariant, $" ({low:0.00} to {high:0.00})");
    }
}
