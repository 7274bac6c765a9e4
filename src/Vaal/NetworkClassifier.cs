using System.Globalization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>A task network that was trained from scratch, on small images as the workspace makes them.</summary>
internal sealed class NetworkClassifier : IClassifier
{
    private const int Block = 256;
    private readonly TaskModel _model;
    private readonly int _channels;
    private readonly LoadOptions _options;

    /// <param name="tensors">of the file; they stay the caller's</param>
    /// <param name="metadata">of the file</param>
    /// <exception cref="InputException">the file does not hold this network</exception>
    public NetworkClassifier(
        string path, string name, IReadOnlyList<string> classes, Dictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        (Classes, MultiLabel) = (classes, metadata.ContainsKey("several"));
        if (TaskModels.Segments(name))
            throw new InputException($"expected a model that gives a class to each image, found {name} in {path}; "
                + "'vaal train --task small-cnn' makes one");
        _channels = tensors.Values.FirstOrDefault(t => t.dim() == 4) is { } first ? (int)first.size(1) : 3;
        int Side(string of) => metadata.TryGetValue(of, out var text)
            ? int.Parse(text, CultureInfo.InvariantCulture) : new LoadOptions().Size;
        _options = new LoadOptions
        {
            Rectangle = (Side("width"), Side("height")),
            Channels = _channels,
            Fit = metadata.TryGetValue("fit", out var fit) ? Enum.Parse<Fit>(fit, ignoreCase: true) : Fit.Crop,
        };
        _model = TaskModels.Create(name, _channels, classes.Count);
        try
        {
            using var scope = NewDisposeScope();
            _ = _model.load_state_dict(tensors);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"expected the weights of {name} in {path}, found others: {e.Message}", e);
        }
    }

    public IReadOnlyList<string> Classes { get; }

    public bool MultiLabel { get; }

    public IEnumerable<(double[]? Probabilities, string? Problem)> Predict(
        IReadOnlyList<string> files, Action<TrainEvent>? report, CancellationToken cancel)
    {
        var done = 0;
        foreach (var block in files.Chunk(Block))
        {
            foreach (var found in Predict(block, cancel)) yield return found;
            report?.Invoke(new("predicting", done += block.Length, files.Count));
        }
    }

    private (double[]?, string?)[] Predict(string[] files, CancellationToken cancel)
    {
        var (size, problems) = (ImageDecoder.ImageBytes(_options), new string?[files.Length]);
        var pixels = new byte[files.Length * size];
        Parallel.For(0, files.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            problems[i] = ImageDecoder.Decode(files[i], pixels.AsSpan(i * size, size), _options).Problem);
        using var images = new ImageSet(PixelStore.Copy(pixels), _channels, _options.Target.Height,
            _options.Target.Width);
        using var scope = NewDisposeScope();
        var logits = TaskTrainer.Predict(_model, images, [.. Enumerable.Range(0, files.Length)]);        // (B, K)
        var p = MultiLabel ? logits.sigmoid() : logits.softmax(1);
        var all = p.to(ScalarType.Float64).data<double>().ToArray();
        return [.. files.Select((_, i) => problems[i] is { } problem ? ((double[]?)null, (string?)problem)
            : (all[(i * Classes.Count)..((i + 1) * Classes.Count)], null))];
    }

    public void Dispose() => _model.Dispose();
}
