using System.Text.Json;
using Vaal.Coverage;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Models;
using Vaal.Records;

namespace Vaal;

/// <summary>
/// The task model <c>linear</c>: multinomial logistic regression on the features of the workspace's encoder, with
/// calibrated probabilities. It is fitted to the minimum in seconds, so that nothing of it is random but the folds of
/// the calibration.
/// </summary>
/// <param name="balanced">weighs each class alike, whatever its share of the labels</param>
public sealed class LinearLearner(long seed = 1, bool balanced = false) : ILearner
{
    /// <summary>The name of this task model beside those of <see cref="TaskModels"/>.</summary>
    public const string Model = "linear";

    public long Seed => seed;
    public bool NeedsMasks => false;
    public string Options => balanced ? JsonSerializer.Serialize(new { model = Model, balanced }, Json.Options)
        : JsonSerializer.Serialize(new { model = Model }, Json.Options);

    public IEnumerable<string> Problems() => [];

    /// <inheritdoc/>
    public string? Problem(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Sources is not { } sources || sources.Encoder == ImageSources.NoEncoder)
            return $"expected features for {Model}, found a workspace without an encoder; "
                + "run 'vaal init --encoder resnet18', or give --task another model";
        return TaskLearner.TooFewClasses(Model, request.Images, request.ClassNames, request.Labelled);
    }

    /// <inheritdoc/>
    public TaskTest Train(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var features = SourceFeatures.Of(request.Sources!, () => request.Images, request.Report, request.Cancel)!;
        int[] labelled = [.. request.Labelled.Where(features.Has)];
        int[] unlabelled = [.. request.Unlabelled.Where(features.Has)];
        var pool = UnitRows.Of(features.Rows([.. labelled, .. unlabelled]), features.Dim);
        var rows = HeadRows.Of(pool.Copy([.. Enumerable.Range(0, labelled.Length)]), features.Dim,
            [.. labelled.Select(id => request.Images.Classes[id])], request.ClassNames.Count);
        var options = new LinearHeadOptions { Balanced = balanced };
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
            [.. predicted.Select(p => (float)p)], request.ClassNames);
        var suspects = LabelReviewer.Of(LabelReviewer.Probabilities(crossFitted, rows),
            [.. labelled.Select(id => request.Images.Classes[id])],
            [.. labelled.Select(id => request.Images.Paths[id])], request.ClassNames, Pruning.Class);
        AtomicFile.WriteAllText(Path.Combine(made, SuspectLabel.FileName),
            JsonSerializer.Serialize(suspects, Json.Options));
        return new(Correct(head, pool.Mean, features, request), null);
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
