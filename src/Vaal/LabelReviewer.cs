using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Training;

namespace Vaal;

/// <summary>
/// Suspected wrong labels. A linear model on features, fitted without a label, judges it with calibrated probabilities.
/// Confident learning estimates how many labels of each class are wrong.
/// </summary>
public sealed class LabelReviewer : IReviewer
{
    private static readonly SortedDictionary<string, Pruning> Ways = new(StringComparer.Ordinal)
    {
        ["both"] = Pruning.Both,
        ["class"] = Pruning.Class,
        ["noise-rate"] = Pruning.NoiseRate,
    };

    private readonly Pruning _pruning;
    private readonly long _seed;

    /// <param name="by">which labels count as suspected: of each <c>class</c> as many as are estimated to be wrong, by
    /// the <c>noise-rate</c> of each pair of classes, or those that <c>both</c> name; where images have several
    /// classes, only <c>class</c></param>
    /// <param name="seed">of the folds</param>
    /// <exception cref="InputException">there is no such way</exception>
    public LabelReviewer(string by = "class", long seed = 1)
        : this(Ways.TryGetValue(by, out var way) ? way
            : throw new InputException(Unknown.Name("way to suspect labels", by, Ways.Keys)), seed)
    {
    }

    internal LabelReviewer(Pruning pruning, long seed = 1) => (_pruning, _seed) = (pruning, seed);

    /// <inheritdoc/>
    IReadOnlyList<SuspectLabel> IReviewer.Review(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Sources is not { } sources || sources.Encoder == ImageSources.NoEncoder)
            throw new InputException("expected features to review labels, found a workspace without an encoder; "
                + "run 'vaal init --encoder resnet18'");
        var several = LabelForm.Of(request.Images) == LabelForm.Classes;
        if (several && _pruning != Pruning.Class)
            throw new InputException("expected one class an image to choose how labels are suspected (--by), found "
                + "images with several: there all ways suspect the same labels; do not choose one");
        var learns = LearningTask.Of(request.Images);
        if (learns.TooFew(LinearLearner.Model, request.Images, request.ClassNames, request.Labelled) is { } few)
            throw new InputException(few);
        using var features = SourceFeatures.Of(sources,
            () => Pool.Of(request.Images, request.Labelled, request.Unlabelled), request.Report, request.Cancel)!;
        var labelled = LinearLearner.WithFeatures(features, request, LinearLearner.Model, learns);
        string[] paths = [.. labelled.Select(id => request.Images.Paths[id])];
        if (several)
        {
            int[][] sets = [.. labelled.Select(id => request.Images.ClassSets![id]!)];
            var of = HeadRows.OfSeveral(
                UnitRows.Of(features.Rows(labelled), features.Dim).Copy([.. Enumerable.Range(0, labelled.Length)]),
                features.Dim, sets, request.ClassNames.Count);
            var options = new LinearHeadOptions { MultiLabel = true };
            var logits = LinearHead.CrossFitted(of, options, _seed,
                LinearHead.Fit(of, options, cancel: request.Cancel), request.Cancel);
            return OfSeveral(Probabilities(logits, of, several), sets, paths, request.ClassNames, _pruning);
        }
        int[] given = [.. labelled.Select(id => request.Images.Classes[id])];
        var most = given.CountBy(c => c).Max(c => c.Value);
        if (most < ConfidentLearning.LeastLabels)
            throw new InputException($"expected at least {ConfidentLearning.LeastLabels} labels of a class to judge "
                + $"them by, found at most {most}; label more images");
        var rows = Rows(features.Rows(labelled), features.Dim, given, request.ClassNames.Count);
        var p = Probabilities(rows, _seed, request.Cancel);
        return Of(p, given, paths, request.ClassNames, _pruning);
    }

    /// <summary>Rows less their mean, of length 1.</summary>
    internal static HeadRows Rows(float[] features, int width, int[] given, int classes) =>
        HeadRows.Of(UnitRows.Of(features, width), [.. Enumerable.Range(0, given.Length)], given, classes);

    /// <summary>Of each row by a head that did not see it, (N, K).</summary>
    internal static double[] Probabilities(HeadRows rows, long seed, CancellationToken cancel = default)
    {
        var logits = LinearHead.CrossFitted(rows, seed: seed, warm: LinearHead.Fit(rows, cancel: cancel),
            cancel: cancel);
        return Probabilities(logits, rows);
    }

    /// <param name="logits">of each row by a head that did not see it, (N, K)</param>
    internal static double[] Probabilities(double[] logits, HeadRows rows, bool several = false)
    {
        var temperature = LinearHead.BestTemperature(logits, rows, several);
        double[] p = [.. logits.Select(z => z / temperature)];
        if (several) return [.. p.Select(z => 1 / (1 + Math.Exp(-z)))];
        for (var i = 0; i < p.Length; i += rows.Classes) CrossEntropy.Softmax(p.AsSpan(i, rows.Classes));
        return p;
    }

    /// <summary>
    /// Where images have several classes, each class is a question of its own, yes or no (as Thyagarajan et al., 2022,
    /// judge such labels). What is believed is the label with that one answer turned round.
    /// </summary>
    /// <param name="p">of each image and class by a head that did not see the label, (N, K)</param>
    internal static IReadOnlyList<SuspectLabel> OfSeveral(double[] p, int[][] given, string[] paths,
        IReadOnlyList<string> classes, Pruning pruning)
    {
        var (k, found) = (classes.Count, new List<(double Doubt, SuspectLabel Label)>());
        for (var c = 0; c < k; c++)
        {
            int[] answers = [.. given.Select(s => s.Contains(c) ? 1 : 0)];
            if (answers.Distinct().Count() < 2) continue;
            double[] yesAndNo = [.. answers.SelectMany((_, i) => new[] { 1 - p[i * k + c], p[i * k + c] })];
            foreach (var i in ConfidentLearning.Suspects(yesAndNo, answers, 2, pruning))
            {
                var (label, other) = (yesAndNo[2 * i + answers[i]], yesAndNo[2 * i + 1 - answers[i]]);
                var believed = answers[i] == 1 ? given[i].Where(o => o != c) : given[i].Append(c);
                found.Add((other - label, new(paths[i], Cell(given[i]), Cell(believed), label, other)));
            }
        }
        return [.. found.OrderByDescending(f => f.Doubt).ThenBy(f => f.Label.Path, StringComparer.Ordinal)
            .Select(f => f.Label)];

        string Cell(IEnumerable<int> set) => ClassSet.ToCell(set.Select(o => classes[o]));
    }

    internal static IReadOnlyList<SuspectLabel> Of(double[] p, int[] given, string[] paths,
        IReadOnlyList<string> classes, Pruning pruning)
    {
        var k = classes.Count;
        return [.. ConfidentLearning.Suspects(p, given, k, pruning).Select(i =>
        {
            var believed = ConfidentLearning.Likeliest(p, i, k);
            return new SuspectLabel(paths[i], classes[given[i]], classes[believed], p[i * k + given[i]],
                p[i * k + believed]);
        })];
    }
}
