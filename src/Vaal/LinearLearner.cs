using System.Text.Json;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Models;
using Vaal.Records;
using Vaal.Training;

namespace Vaal;

/// <summary>
/// The task model <c>linear</c>: multinomial logistic regression on the features of the workspace's encoder, or a
/// logistic regression a class where images have several, with calibrated probabilities. It is fitted to the minimum in
/// seconds, so that nothing of it is random but the folds of the calibration.
/// </summary>
/// <param name="balanced">weighs each class alike, whatever its share of the labels</param>
/// <param name="labels">one class per image, or several; null: one</param>
public sealed class LinearLearner(long seed = 1, bool balanced = false, LabelForm? labels = null) : ILearner
{
    /// <summary>The name of this task model beside those of <see cref="TaskModels"/>.</summary>
    public const string Model = "linear";

    long ILearner.Seed => seed;
    LabelForm ILearner.Labels => Labels;

    string ILearner.Options => (balanced, Several) switch
    {
        (false, false) => JsonSerializer.Serialize(new { model = Model }, Json.Options),
        (true, false) => JsonSerializer.Serialize(new { model = Model, balanced }, Json.Options),
        _ => JsonSerializer.Serialize(new { model = Model, balanced, several = true }, Json.Options),
    };

    private LabelForm Labels => labels ?? LabelForm.Class;

    private bool Several => Labels == LabelForm.Classes;

    IEnumerable<string> ILearner.Problems() => Labels.ByPixel
        ? [$"{Model} gives classes to images, and these labels are masks; give --task another model"]
        : [];

    /// <inheritdoc/>
    string? ILearner.Problem(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Sources is not { } sources || sources.Encoder == ImageSources.NoEncoder)
            return $"expected features for {Model}, found a workspace without an encoder; "
                + "run 'vaal init --encoder resnet18', or give --task another model";
        return LearningTask.For(Labels).TooFew(Model, request.Images, request.ClassNames, request.Labelled);
    }

    /// <inheritdoc/>
    TaskTest ILearner.Train(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var features = SourceFeatures.Of(request.Sources!, () => request.Images, request.Report, request.Cancel)!;
        int[] labelled = [.. request.Labelled.Where(features.Has)];
        int[] unlabelled = [.. request.Unlabelled.Where(features.Has)];
        var pool = UnitRows.Of(features.Rows([.. labelled, .. unlabelled]), features.Dim);
        var rows = Rows(pool.Copy([.. Enumerable.Range(0, labelled.Length)]), features.Dim, request, labelled);
        var options = new LinearHeadOptions { Balanced = balanced, SeveralLabels = Several };
        var head = LinearHead.Fit(rows, options, cancel: request.Cancel);
        var crossFitted = LinearHead.CrossFitted(rows, options, seed, head, request.Cancel);
        head = head.CalibratedBy(rows, crossFitted);

        var made = Path.Combine(request.Folder, "models");
        // of another training that was stopped
        if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
        Directory.CreateDirectory(made);
        LinearModel.Of(head, pool.Mean, request.ClassNames, request.Sources!.Encoder, features.Digest)
            .Save(Path.Combine(made, "task.safetensors"));
        var predicted = head.Probabilities(
            pool.Copy([.. Enumerable.Range(labelled.Length, unlabelled.Length)]));
        PredictionsFile.Write(
            Path.Combine(made, PredictionsFile.Name), [.. unlabelled.Select(id => request.Images.Paths[id])],
            [.. predicted.Select(p => (float)p)], request.ClassNames, Several);
        string[] paths = [.. labelled.Select(id => request.Images.Paths[id])];
        var p = LabelReviewer.Probabilities(crossFitted, rows, Several);
        var suspects = Several
            ? LabelReviewer.OfSeveral(p, [.. labelled.Select(id => request.Images.ClassSets![id]!)], paths,
                request.ClassNames, Pruning.Class)
            : LabelReviewer.Of(p, [.. labelled.Select(id => request.Images.Classes[id])], paths, request.ClassNames,
                Pruning.Class);
        AtomicFile.WriteAllText(Path.Combine(made, SuspectLabel.FileName),
            JsonSerializer.Serialize(suspects, Json.Options));
        if (Several) return TestSeveral(head, pool.Mean, features, request);
        return new(Correct(head, pool.Mean, features, request), null);
    }

    private HeadRows Rows(float[] x, int width, TrainRequest request, int[] ids) => Several
        ? HeadRows.OfSeveral(x, width, [.. ids.Select(id => request.Images.ClassSets![id]!)], request.ClassNames.Count)
        : HeadRows.Of(x, width, [.. ids.Select(id => request.Images.Classes[id])], request.ClassNames.Count);

    // of an image without features the model predicts nothing
    private static TaskTest TestSeveral(LinearHead head, double[] mean, FeatureRows features, TrainRequest request)
    {
        int[] tests = [.. request.Test];
        int[] seen = [.. Enumerable.Range(0, tests.Length).Where(i => features.Has(tests[i]))];
        var rows = UnitRows.Of(features.Rows([.. seen.Select(i => tests[i])]), features.Dim, mean);
        var found = head.Probabilities(rows.Copy([.. Enumerable.Range(0, seen.Length)]));
        var p = new double[tests.Length * head.Classes];
        for (var i = 0; i < seen.Length; i++)
            found.AsSpan(i * head.Classes, head.Classes).CopyTo(p.AsSpan(seen[i] * head.Classes));
        var truth = MultiLabelTask.Truth(request.Images, tests, head.Classes);
        return MultiLabelTask.TestOf(new(p, truth, head.Classes), request.ClassNames);
    }

    // an image without features is one that the model gets wrong
    private static int Correct(LinearHead head, double[] mean, FeatureRows features, TrainRequest request)
    {
        int[] tests = [.. request.Test.Where(features.Has)];
        var rows = UnitRows.Of(features.Rows(tests), features.Dim, mean);
        var p = head.Probabilities(rows.Copy([.. Enumerable.Range(0, tests.Length)]));
        return tests.Where((id, i) => Best(p.AsSpan(i * head.Classes, head.Classes)) == request.Images.Classes[id])
            .Count();
    }

    private static int Best(ReadOnlySpan<double> p)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return best;
    }
}
