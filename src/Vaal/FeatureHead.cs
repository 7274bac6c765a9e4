using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Training;

namespace Vaal;

/// <summary>
/// The task models <see cref="Models.TaskModels.OnFeatures"/> of a simulated run: fitted on the features of the
/// labelled images and tested on those of the test images, as <c>vaal train</c> does.
/// </summary>
/// <param name="encoder">name of the table</param>
internal sealed class FeatureHead(TaskOptions task, string encoder, DataSet data)
{
    private (UnitRows Pool, UnitRows Test)? _rows;

    /// <summary>The encoder of a run: that of its features, if they are an encoder's, else the default for
    /// photographs.</summary>
    public static string EncoderOf(string features) =>
        PretrainedEncoders.Has(features) ? features : ImageSources.DefaultEncoder;

    private bool MultiLabel => LabelForm.Of(data.Pool) == LabelForm.Classes;

    /// <summary>How well it does on the test images: the share that it gets right, or where images have several labels
    /// the mean average precision.</summary>
    /// <param name="seed">of a head's first weights</param>
    public RoundScores Test(Pool pool, long seed, Action<TrainEvent>? report, CancellationToken cancel)
    {
        var (all, tests) = _rows ??= Both(report, cancel);
        var learns = LearningTask.Of(data.Pool);
        int[] labelled = [.. pool.LabelledIds.Where(id => learns.CanLearn(pool, id))];
        var (classes, truth) = (data.ClassNames.Count, data.Test!);
        int[] known = [.. Enumerable.Range(0, tests.Count).Where(i => learns.Labels.IsKnown(truth, i))];
        var p = Probabilities(pool, labelled, all, tests.Copy(known), seed, cancel);
        if (MultiLabel)
            return MultiLabelTask.RoundOf(new(p, MultiLabelTask.Truth(truth, known, classes), classes));
        return new(known.Where((id, i) => Best(p.AsSpan(i * classes, classes)) == truth.Classes[id]).Count()
            / (double)known.Length);
    }

    private double[] Probabilities(Pool pool, int[] labelled, UnitRows all, float[] tests, long seed,
        CancellationToken cancel)
    {
        var classes = data.ClassNames.Count;
        if (task.Model == LinearLearner.Transductive)
            return TransductiveHead.Fit(all, labelled, [.. labelled.Select(pool.ClassOf)], classes, seed: seed,
                cancel: cancel).Head.Probabilities(tests);
        var x = all.Copy(labelled);
        var rows = MultiLabel
            ? HeadRows.OfSeveral(x, all.Width, [.. labelled.Select(id => pool.Images.ClassSets![id]!)], classes)
            : HeadRows.Of(x, all.Width, [.. labelled.Select(pool.ClassOf)], classes);
        if (task.Model == LinearLearner.Model)
            return LinearHead.Fit(rows, new() { Balanced = task.Balanced, MultiLabel = MultiLabel }, cancel: cancel)
                .Probabilities(tests);
        using var head = MlpHead.Fit(rows, new() { MultiLabel = MultiLabel }, seed, cancel);
        return head.Probabilities(tests);
    }

    private (UnitRows Pool, UnitRows Test) Both(Action<TrainEvent>? report, CancellationToken cancel)
    {
        var (pool, test) = SourceFeatures.OfBoth(data.Pool, data.Test!, encoder, report: report, cancel: cancel);
        using (pool)
        using (test)
        {
            var rows = Rows(pool, null);
            return (rows, Rows(test, rows.Mean));
        }
    }

    private static UnitRows Rows(FeatureRows features, double[]? mean) =>
        UnitRows.Of(features.Rows([.. Enumerable.Range(0, features.Count)]), features.Dim, mean);

    private static int Best(ReadOnlySpan<double> p)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return best;
    }
}
