using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Learning;
using Vaal.Models;
using Vaal.Records;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>Trains a network as task model from scratch on labelled images and tests it. Models on an encoder's
/// features, such as <c>linear</c>, are trained by <see cref="LinearLearner"/>.</summary>
/// <param name="device">where it is trained; null: the CPU</param>
/// <param name="severalClasses">an image may have several classes, or none of them; a network that is made for masks
/// does not heed it</param>
public sealed class TaskLearner(
    TaskOptions options, long seed = 1, Device? device = null, bool severalClasses = false) : ILearner
{
    private readonly TaskOptions _options = options ?? throw new ArgumentNullException(nameof(options));

    long ILearner.Seed => seed;
    LabelForm ILearner.Labels => Labels;
    string ILearner.Options => JsonSerializer.Serialize(_options, Json.Options);

    IEnumerable<string> ILearner.Problems() => _options.Problems()
        .Concat(TaskModels.OnFeatures.Contains(_options.Model)
            ? [$"expected a network as task model, found {_options.Model}, a head on features; train it with a "
                + nameof(LinearLearner)]
            : Array.Empty<string>());

    private LabelForm Labels => Learns.Labels;

    /// <inheritdoc/>
    string? ILearner.Problem(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Learns.TooFew(_options.Model, request.Images, request.ClassNames, request.Labelled);
    }

    /// <inheritdoc/>
    TaskTest ILearner.Train(TrainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (images, labelled, tests) = (request.Images, request.Labelled, request.Test);
        var pool = Pool.Of(images, labelled, unlabelled: []);
        Directory.CreateDirectory(request.Folder);
        using var networks =
            new Networks(pool, task: _options, classes: request.ClassNames.Count, seed: seed, device: device)
            {
                Report = request.Report,
                Cancel = request.Cancel,
                Checkpoints = request.Folder,
                Key = request.Key,
            };
        var test = Learns.Test(networks.Task, images, request.ClassNames, [.. tests], device);
        var made = Path.Combine(request.Folder, "models");
        // of another training that was stopped
        if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
        networks.SaveWith(made, request.ClassNames, request.Fit);
        if (!Labels.ByPixel)
            PredictionsFile.Write(Path.Combine(made, PredictionsFile.Name), networks.Task, request, Labels, device);
        return test;
    }

    private LearningTask Learns => severalClasses && _options.Learns is not { Labels.ByPixel: true }
        ? LearningTask.For(LabelForm.Classes) : LearningTask.For(_options.Model);
}
