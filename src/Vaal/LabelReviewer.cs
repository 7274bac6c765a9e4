using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Training;

namespace Vaal;

/// <summary>
/// Suspected wrong labels. A linear model on features, fitted without a label, judges it with calibrated probabilities.
/// Confident learning estimates how many labels of each class are wrong.
/// </summary>
/// <param name="pruning">which labels count as suspected</param>
/// <param name="seed">of the folds</param>
public sealed class LabelReviewer(Pruning pruning = Pruning.Class, long seed = 1) : IReviewer
{
    /// <inheritdoc/>
    IReadOnlyList<SuspectLabel> IReviewer.Review(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Sources is not { } sources || sources.Encoder == ImageSources.NoEncoder)
            throw new InputException("expected features to review labels, found a workspace without an encoder; "
                + "run 'vaal init --encoder resnet18'");
        if (LearningTask.For(LabelForm.Class)
            .TooFew(LinearLearner.Model, request.Images, request.ClassNames, request.Labelled) is { } few)
            throw new InputException(few);
        using var features = SourceFeatures.Of(sources, () => request.Images, request.Report, request.Cancel)!;
        int[] labelled = [.. request.Labelled.Where(features.Has)];
        int[] given = [.. labelled.Select(id => request.Images.Classes[id])];
        var rows = Rows(features.Rows(labelled), features.Dim, given, request.ClassNames.Count);
        var p = Probabilities(rows, seed, request.Cancel);
        return Of(p, given, [.. labelled.Select(id => request.Images.Paths[id])], request.ClassNames, pruning);
    }

    /// <summary>Rows less their mean, of length 1.</summary>
    internal static HeadRows Rows(float[] features, int width, int[] given, int classes) =>
        HeadRows.Of(UnitRows.Of(features, width).Copy([.. Enumerable.Range(0, given.Length)]), width, given, classes);

    /// <summary>Of each row by a head that did not see it, (N, K).</summary>
    internal static double[] Probabilities(HeadRows rows, long seed, CancellationToken cancel = default)
    {
        var logits = LinearHead.CrossFitted(rows, seed: seed, warm: LinearHead.Fit(rows, cancel: cancel),
            cancel: cancel);
        return Probabilities(logits, rows);
    }

    /// <param name="logits">of each row by a head that did not see it, (N, K)</param>
    internal static double[] Probabilities(double[] logits, HeadRows rows)
    {
        var temperature = LinearHead.BestTemperature(logits, rows, several: false);
        double[] p = [.. logits.Select(z => z / temperature)];
        for (var i = 0; i < p.Length; i += rows.Classes) CrossEntropy.Softmax(p.AsSpan(i, rows.Classes));
        return p;
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
