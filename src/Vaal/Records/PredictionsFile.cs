using System.Globalization;
using System.Text;
using Vaal.Data;
using Vaal.Data.Labels;
using Vaal.Data.Learning;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Records;

/// <summary>
/// The predictions of a trained task model for unlabelled images: <c>path,predicted,probability</c>, the surest first.
/// It is not a table of labels: <c>vaal import</c> refuses it.
/// </summary>
internal static class PredictionsFile
{
    public const string Name = "predictions.csv";

    public static void Write(string path, TaskModel model, TrainRequest request, LabelForm labels, Device? device)
    {
        using var mode = model.Evaluating();
        var (images, classes) = (request.Images, request.ClassNames);
        int[] ids = [.. request.Unlabelled];
        var several = labels == LabelForm.Classes;
        var p = PoolPass.Score(images, ids, Probabilities, device ?? CPU,
            request.Report, request.Cancel, classes.Count, "predicting what has no label");
        Write(path, [.. ids.Select(id => images.Paths[id])], p, classes, several);

        Tensor Probabilities(Tensor x)
        {
            using var scope = NewDisposeScope();
            var logits = model.call(x).to(ScalarType.Float32);
            return (several ? logits.sigmoid() : logits.softmax(1)).MoveToOuterDisposeScope();
        }
    }

    /// <param name="p">probabilities of the classes, image by image</param>
    /// <param name="several">an image may have several classes: those of a probability of one half or more are
    /// predicted, as <see cref="ClassSet.ToCell"/> writes them. The probability is that all of these decisions are
    /// right</param>
    public static void Write(
        string path, IReadOnlyList<string> images, float[] p, IReadOnlyList<string> classes, bool several = false)
    {
        (string Path, (string Names, float Probability) Best) Row(string image, int i)
        {
            var of = p.AsSpan(i * classes.Count, classes.Count);
            return (image, several ? All(of, classes) : Likeliest(of, classes));
        }
        var rows = images.Select(Row)
            .OrderByDescending(r => r.Best.Probability).ThenBy(r => r.Path, StringComparer.Ordinal);
        AtomicFile.Create(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            writer.Write("path,predicted,probability\n");
            foreach (var (image, best) in rows)
                writer.Write(
                    CsvText.Line(
                        [Csv.Guard(image), Csv.Guard(best.Names),
                            best.Probability.ToString("0.0000", CultureInfo.InvariantCulture)]));
        });
    }

    private static (string Names, float Probability) All(ReadOnlySpan<float> p, IReadOnlyList<string> classes)
    {
        var names = Several([.. p.ToArray().Select(v => (double)v)], classes, out var right);
        return (ClassSet.ToCell(names), (float)right);
    }

    /// <summary>The classes that are predicted: those of a probability of one half or more.</summary>
    /// <param name="right">the probability that all of these decisions are right, as if each were alone</param>
    public static List<string> Several(ReadOnlySpan<double> p, IReadOnlyList<string> classes, out double right)
    {
        var names = new List<string>();
        right = 1;
        for (var k = 0; k < p.Length; k++)
        {
            if (p[k] >= 0.5) names.Add(classes[k]);
            right *= Math.Max(p[k], 1 - p[k]);
        }
        return names;
    }

    private static (string Names, float Probability) Likeliest(ReadOnlySpan<float> p, IReadOnlyList<string> classes)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return (classes[best], p[best]);
    }
}
