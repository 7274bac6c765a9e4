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
/// seconds, so that nothing of it is random but the folds of the calibration. <c>transductive</c> is the same model,
/// which with few labels also learns from the unlabelled images. <c>mlp</c> has a hidden layer, whose first weights are
/// random too.
/// </summary>
/// <param name="balanced">weighs each class alike, whatever its share of the labels; of <c>linear</c></param>
/// <param name="severalClasses">an image may have several classes, or none of them</param>
/// <param name="model">a name of <see cref="TaskModels.OnFeatures"/></param>
/// <param name="export">the file that <see cref="Predictor.Export"/> will write the model to: where it could not,
/// nothing is trained; null: none</param>
public sealed class LinearLearner(long seed = 1, bool balanced = false, bool severalClasses = false,
    string model = LinearLearner.Model, string? export = null) : ILearner
{
    /// <summary>The name of this task model beside those of <see cref="TaskModels"/>.</summary>
    internal const string Model = "linear";

    /// <summary>With a hidden layer, for classes that a line does not part.</summary>
    internal const string Mlp = "mlp";

    /// <summary>For 1 to 5 labels a class: labels that spread over the pool take part in the fit.</summary>
    internal const string Transductive = "transductive";

    /// <summary>What to say where an image may have several classes.</summary>
    internal const string OneClassOnly = "expected one class an image for " + Transductive
        + ", found images with several: it spreads one class to each image; give --task " + Model;

    long ILearner.Seed => seed;
    LabelForm ILearner.Labels => Labels;

    string ILearner.Options => (balanced, severalClasses) switch
    {
        (false, false) => JsonSerializer.Serialize(new { model }, Json.Options),
        (true, false) => JsonSerializer.Serialize(new { model, balanced }, Json.Options),
        _ => JsonSerializer.Serialize(new { model, balanced, several = true }, Json.Options),
    };

    private LabelForm Labels => severalClasses ? LabelForm.Classes : LabelForm.Class;

    IEnumerable<string> ILearner.Problems()
    {
        if (!TaskModels.OnFeatures.Contains(model))
            yield return Unknown.Name("task model on features", model, TaskModels.OnFeatures);
        if (severalClasses && model == Transductive) yield return OneClassOnly;
        if (balanced && model != Model)
            yield return $"expected the task model {Model} with balanced class weights, found {model}";
    }

    /// <inheritdoc/>
    string? ILearner.Problem(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Sources is not { } sources || sources.Encoder == ImageSources.NoEncoder)
            return $"expected features for {model}, found a workspace without an encoder; "
                + "run 'vaal init --encoder resnet18', or give --task another model";
        if (export is not null) _ = Predictor.GraphFor(export, sources.Encoder);
        return LearningTask.For(Labels).TooFew(model, request.Images, request.ClassNames, request.Labelled);
    }

    /// <inheritdoc/>
    TaskTest ILearner.Train(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var features = SourceFeatures.Of(request.Sources!,
            () => Pool.Of(request.Images, request.Labelled, request.Unlabelled), request.Report, request.Cancel)!;
        var labelled = WithFeatures(features, request, model, LearningTask.For(Labels));
        int[] unlabelled = [.. request.Unlabelled.Where(features.Has)];
        var pool = UnitRows.Of(features.Rows([.. labelled, .. unlabelled]), features.Dim);
        var rows = Rows(pool.Copy([.. Enumerable.Range(0, labelled.Length)]), features.Dim, request, labelled);
        var (head, made, crossFitted, note) = model == Mlp ? WithHiddenLayer(rows, pool.Mean, features.Digest, request)
            : Linear(rows, pool, features.Digest, request);

        var folder = Path.Combine(request.Folder, "models");
        // of another training that was stopped
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        made.Save(Path.Combine(folder, "task.safetensors"));
        var predicted = head(
            pool.Copy([.. Enumerable.Range(labelled.Length, unlabelled.Length)]));
        PredictionsFile.Write(
            Path.Combine(folder, PredictionsFile.Name), [.. unlabelled.Select(id => request.Images.Paths[id])],
            [.. predicted.Select(p => (float)p)], request.ClassNames, severalClasses);
        string[] paths = [.. labelled.Select(id => request.Images.Paths[id])];
        var p = LabelReviewer.Probabilities(crossFitted, rows, severalClasses);
        var suspects = severalClasses
            ? LabelReviewer.OfSeveral(p, [.. labelled.Select(id => request.Images.ClassSets![id]!)], paths,
                request.ClassNames, Pruning.Class)
            : LabelReviewer.Of(p, [.. labelled.Select(id => request.Images.Classes[id])], paths, request.ClassNames,
                Pruning.Class);
        AtomicFile.WriteAllText(Path.Combine(folder, SuspectLabel.FileName),
            JsonSerializer.Serialize(suspects, Json.Options));
        var test = severalClasses ? TestSeveral(head, pool.Mean, features, request)
            : new TaskTest(Correct(head, pool.Mean, features, request), null) { Note = note };
        return test with { Learned = labelled.Length };
    }

    /// <summary>The labelled images that have features: where files are gone, fewer than have labels.</summary>
    /// <exception cref="InputException">they are too few to learn from</exception>
    internal static int[] WithFeatures(FeatureRows features, TrainRequest request, string model, LearningTask learns)
    {
        int[] seen = [.. request.Labelled.Where(features.Has)];
        if (seen.Length == request.Labelled.Count
            || learns.TooFew(model, request.Images, request.ClassNames, seen) is null) return seen;
        var without = request.Labelled.First(id => !features.Has(id));
        var why = features.Problems.GetValueOrDefault(without, "no features were made");
        throw new InputException($"expected features of the labelled images, found those of {seen.Length:N0} of "
            + $"{request.Labelled.Count:N0}, too few to learn from ({request.Images.Paths[without]}: {why}); "
            + "put the files back, or label other images");
    }

    /// <param name="Model">what is kept of it</param>
    /// <param name="CrossFitted">logits of the labelled rows by heads that did not see them</param>
    /// <param name="Note">for the user; null: nothing</param>
    private sealed record Fitted(Head Head, LinearModel Model, double[] CrossFitted, string? Note = null);

    private Fitted Linear(HeadRows rows, UnitRows pool, string digest, TrainRequest request)
    {
        var (head, crossFitted, note) = model == Transductive ? Spreading(rows, pool, request) : Plain(rows, request);
        return new(x => head.Probabilities(x), LinearModel.Of(head, pool.Mean, request.ClassNames,
            request.Sources!.Encoder, digest), crossFitted, note);
    }

    private (LinearHead Head, double[] CrossFitted, string? Note) Plain(HeadRows rows, TrainRequest request)
    {
        var options = new LinearHeadOptions { Balanced = balanced, MultiLabel = severalClasses };
        var head = LinearHead.Fit(rows, options, cancel: request.Cancel, report: request.Report);
        var crossFitted = LinearHead.CrossFitted(rows, options, seed, head, request.Cancel);
        return (head.CalibratedBy(rows, crossFitted), crossFitted, null);
    }

    // labels spread over the pool: the first rows of it are the labelled ones, and test images are not of it
    private (LinearHead Head, double[] CrossFitted, string? Note) Spreading(
        HeadRows rows, UnitRows pool, TrainRequest request)
    {
        int[] classes = [.. Enumerable.Range(0, rows.Count).Select(i => LinearHead.Likeliest(rows, i))];
        request.Report?.Invoke(new("spreading labels", 0, 0));
        var found = TransductiveHead.Fit(pool, [.. Enumerable.Range(0, rows.Count)], classes, rows.Classes,
            seed: seed, crossFitted: true, cancel: request.Cancel);
        return (found.Calibrated(rows), found.CrossFitted!, found.Spreads
            ? "Labels were spread over the unlabelled images, which took part in the training."
            : "No labels were spread: with these labels it is not expected to help. The model is the linear one.");
    }

    private Fitted WithHiddenLayer(HeadRows rows, double[] mean, string digest, TrainRequest request)
    {
        var options = new MlpHeadOptions { MultiLabel = severalClasses };
        var crossFitted = MlpHead.CrossFitted(rows, options, seed, request.Cancel);
        using var head = MlpHead.Fit(rows, options, seed, request.Cancel);
        var labels = new double[rows.Classes];
        for (var i = 0; i < rows.Targets.Length; i++) labels[i % rows.Classes] += rows.Targets[i];
        var temperature = rows.Count < 2 * LinearHead.Folds ? 1
            : LinearHead.BestTemperature(crossFitted, rows, severalClasses);
        var made = LinearModel.Of(
            head, labels, mean, temperature, request.ClassNames, request.Sources!.Encoder, digest);
        var zero = new double[rows.Width];
        return new(x => made.Probabilities(UnitRows.Of(x.ToArray(), rows.Width, zero)), made, crossFitted);
    }

    /// <summary>Probabilities of rows that are less the pool's mean and of length 1, (n, K).</summary>
    private delegate double[] Head(ReadOnlyMemory<float> x);

    private HeadRows Rows(float[] x, int width, TrainRequest request, int[] ids) => severalClasses
        ? HeadRows.OfSeveral(x, width, [.. ids.Select(id => request.Images.ClassSets![id]!)], request.ClassNames.Count)
        : HeadRows.Of(x, width, [.. ids.Select(id => request.Images.Classes[id])], request.ClassNames.Count);

    // of an image without features the model predicts nothing
    private static TaskTest TestSeveral(Head head, double[] mean, FeatureRows features, TrainRequest request)
    {
        var classes = request.ClassNames.Count;
        int[] tests = [.. request.Test];
        int[] seen = [.. Enumerable.Range(0, tests.Length).Where(i => features.Has(tests[i]))];
        var rows = UnitRows.Of(features.Rows([.. seen.Select(i => tests[i])]), features.Dim, mean);
        var found = head(rows.Copy([.. Enumerable.Range(0, seen.Length)]));
        var p = new double[tests.Length * classes];
        for (var i = 0; i < seen.Length; i++)
            found.AsSpan(i * classes, classes).CopyTo(p.AsSpan(seen[i] * classes));
        var truth = MultiLabelTask.Truth(request.Images, tests, classes);
        return MultiLabelTask.TestOf(new(p, truth, classes), request.ClassNames);
    }

    // an image without features is one that the model gets wrong
    private static int Correct(Head head, double[] mean, FeatureRows features, TrainRequest request)
    {
        var classes = request.ClassNames.Count;
        int[] tests = [.. request.Test.Where(features.Has)];
        var rows = UnitRows.Of(features.Rows(tests), features.Dim, mean);
        var p = head(rows.Copy([.. Enumerable.Range(0, tests.Length)]));
        return tests.Where((id, i) => Best(p.AsSpan(i * classes, classes)) == request.Images.Classes[id])
            .Count();
    }

    private static int Best(ReadOnlySpan<double> p)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return best;
    }
}
