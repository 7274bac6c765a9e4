using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Records;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>A trained task model that gives classes to new images.</summary>
public sealed class Predictor : IDisposable
{
    private readonly string _path;
    private readonly IClassifier _classifier;
    private readonly LinearModel? _linear;

    private Predictor(string path, IClassifier classifier, LinearModel? linear) =>
        (_path, _classifier, _linear) = (path, classifier, linear);

    /// <summary>In the order of the probabilities.</summary>
    public IReadOnlyList<string> Classes => _classifier.Classes;

    /// <summary>In what predictions can be saved: <c>csv</c>, <c>json</c>, <c>parquet</c>.</summary>
    public static IReadOnlyList<string> Formats => PredictionTable.Formats;

    /// <param name="model">a file <c>task.safetensors</c>, or the folder of a training that holds it</param>
    /// <param name="features">the workspace's folder of features, for an encoder that learned from the pool; null: no
    /// such encoder can be used</param>
    /// <exception cref="InputException">there is no such model, it is damaged, or it gives no class to an
    /// image</exception>
    public static Predictor Open(string model, string? features = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var path = Directory.Exists(model) ? Path.Combine(model, "task.safetensors") : model;
        if (!File.Exists(path))
            throw new InputException($"expected a trained model in {path}, found none; 'vaal train' makes one");
        using var scope = NewDisposeScope();
        var tensors = Safetensors.Load(path, out var metadata);
        if (!metadata.TryGetValue("model", out var name))
            throw new InputException($"expected a task model of Vaal in {path}, found a file that names none");
        if (TaskModels.OnFeatures.Contains(name))
        {
            var linear = LinearModel.Of(path, tensors, metadata);
            return new(path, new LinearClassifier(linear, features), linear);
        }
        if (!metadata.TryGetValue("classes", out var classes))
            throw new InputException($"expected the names of classes in {path}, found none; train the model again");
        return new(path, new NetworkClassifier(path, name, JsonSerializer.Deserialize<string[]>(classes) ?? [], tensors,
            metadata), null);
    }

    /// <summary>Predicts images one after the other, in the order of their names.</summary>
    /// <param name="sources">image files, and folders of them</param>
    /// <param name="notes">receives a line for each folder that may not be read</param>
    /// <exception cref="InputException">the list is empty, there is no such file or folder, or no image in
    /// it</exception>
    public IEnumerable<Prediction> Predict(IReadOnlyList<string> sources, ICollection<string>? notes = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.Count == 0)
            throw new InputException("expected image files, or folders of them, found an empty list");
        var images = Find(sources, notes);
        return _classifier.Predict([.. images.Select(i => i.File)], report, cancel).Zip(images, (found, image) =>
        {
            if (found.Probabilities is not { } p) return new Prediction(image.Path, null, 0, [], found.Problem);
            if (_classifier.MultiLabel) return OfSeveral(image.Path, p);
            var best = Array.IndexOf(p, p.Max());
            return new Prediction(image.Path, Classes[best], p[best], p);
        });
    }

    /// <summary>Writes predictions of this model as a table, whole or not at all: path, class, its probability, and the
    /// probability of every class. Images that cannot be used are left out. Another file of that name is replaced if it
    /// is such a table.</summary>
    /// <param name="format">one of <see cref="Formats"/>; null: as the file's name ends, <c>csv</c> where it asks for
    /// none</param>
    /// <returns>how many images the table holds, and the others</returns>
    /// <exception cref="InputException">there is no such format, the name ends like another, or the path is not
    /// free</exception>
    public (int Images, IReadOnlyList<Prediction> LeftOut) Save(
        string path, IEnumerable<Prediction> predictions, string? format = null) =>
        PredictionTable.Save(path, format ?? PredictionTable.FormatOf(path), Classes, predictions);

    /// <summary>The same into a stream.</summary>
    /// <param name="format">one of <see cref="Formats"/></param>
    /// <exception cref="InputException">there is no such format</exception>
    public (int Images, IReadOnlyList<Prediction> LeftOut) Write(
        Stream stream, IEnumerable<Prediction> predictions, string format = "csv") =>
        PredictionTable.Write(stream, format, Classes, predictions);

    /// <summary>Writes encoder and head as one ONNX model: RGB images in 0..255 in, probabilities out. Another file of
    /// that name is replaced if it is such a model.</summary>
    /// <param name="path">its name ends in <c>.onnx</c></param>
    /// <exception cref="InputException">the model is no head on features, its encoder has no ONNX graph, or the path is
    /// not free</exception>
    public void Export(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (_linear is null)
            throw new InputException($"expected a model on features to export, found a network in {_path}; "
                + "'vaal train --task linear' makes one where the workspace has an encoder");
        OnnxClassifier.Save(GraphFor(path, _linear.Encoder), _linear, Path.GetFullPath(path));
    }

    /// <summary>The graph that a model on an encoder's features is joined to.</summary>
    /// <param name="path">of the file that it will be in</param>
    /// <exception cref="InputException">that cannot be, or the encoder has no ONNX graph</exception>
    internal static EncoderGraph GraphFor(string path, string encoder)
    {
        if (Directory.Exists(path)) throw new InputException($"expected the name of a file, found the folder {path}");
        if (!path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"expected a name that ends in .onnx for the exported model, found {path}");
        if (File.Exists(path) && !OnnxClassifier.IsOne(path))
            throw new InputException(
                $"{path} exists and is not a model that vaal exported; choose another file");
        return EncoderGraph.Of(encoder, new EncoderContext());
    }

    public void Dispose() => _classifier.Dispose();

    private Prediction OfSeveral(string path, double[] p)
    {
        var classes = PredictionsFile.Several(p, Classes, out var right);
        return new Prediction(path, ClassSet.ToCell(classes), right, p) { Classes = classes };
    }

    // of one folder relative to it, else as they are named
    private static List<(string Path, string File)> Find(IReadOnlyList<string> sources, ICollection<string>? notes)
    {
        var (found, left) = (new List<(string, string)>(), notes ?? []);
        foreach (var source in sources)
        {
            if (File.Exists(source)) found.Add((source, Path.GetFullPath(source)));
            else if (Directory.Exists(source))
                found.AddRange(SourceFiles.Sorted(source, left).Select(f =>
                    (sources.Count == 1
                        ? f.Path
                        : Path.Combine(source, f.Path), Path.GetFullPath(Path.Combine(source, f.Path)))));
            else throw new InputException($"expected an image or a folder in {source}, found neither");
        }
        if (found.Count == 0)
            throw new InputException($"expected images in {string.Join(", ", sources)}, found none");
        return found;
    }
}
