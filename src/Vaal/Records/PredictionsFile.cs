using System.Globalization;
using System.Text;
using Vaal.Data.Labels;
using Vaal.Data.Learning;
using Vaal.Models;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Records;

/// <summary>
/// The predictions of a trained task model for unlabelled images: <c>path,predicted,probability</c>, the surest first.
/// It is not a table of labels: <c>vaal import</c> refuses it.
/// </summary>
internal static class PredictionsFile
{
    public const string Name = "predictions.csv";

    public static void Write(string path, TaskModel model, TrainRequest request, Device? device)
    {
        using var mode = model.Evaluating();
        var (images, classes) = (request.Images, request.ClassNames);
        int[] ids = [.. request.Unlabelled];
        var p = PoolScorer.Score(images, ids, x => model.call(x).to(ScalarType.Float32).softmax(1), device ?? CPU,
            request.Report, request.Cancel, classes.Count, "predicting what has no label");
        Write(path, [.. ids.Select(id => images.Paths[id])], p, classes);
    }

    /// <param name="p">probabilities of the classes, image by image</param>
    public static void Write(string path, IReadOnlyList<string> images, float[] p, IReadOnlyList<string> classes)
    {
        var rows = images.Select((image, i) => (Path: image, Best: Best(p.AsSpan(i * classes.Count, classes.Count))))
            .OrderByDescending(r => r.Best.Probability).ThenBy(r => r.Path, StringComparer.Ordinal);
        AtomicFile.Create(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            writer.Write("path,predicted,probability\n");
            foreach (var (image, best) in rows)
                writer.Write(
                    CsvText.Line(
                        [Csv.Guard(image), Csv.Guard(classes[best.Class]),
                            best.Probability.ToString("0.0000", CultureInfo.InvariantCulture)]));
        });
    }

    private static (int Class, float Probability) Best(ReadOnlySpan<float> p)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return (best, p[best]);
    }
}
