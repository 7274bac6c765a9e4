using Vaal.Data;
using Vaal.Encoders;
using Vaal.Models;

namespace Vaal;

/// <summary>A linear model with the encoder that it was fitted on.</summary>
/// <param name="state">folder of what the encoder learned from the pool; null: it learned nothing</param>
internal sealed class LinearClassifier(LinearModel model, string? state) : IClassifier
{
    private const int Block = 1_024;

    public IReadOnlyList<string> Classes => model.Classes;

    public bool MultiLabel => model.MultiLabel;

    public IEnumerable<(double[]? Probabilities, string? Problem)> Predict(
        IReadOnlyList<string> files, Action<TrainEvent>? report, CancellationToken cancel)
    {
        // features of images that belong to no pool are kept as long as they are needed
        var folder = Directory.CreateTempSubdirectory("vaal-predict-");
        try
        {
            using var encoder = Open();
            using var rows = FeatureStore.Open(folder.FullName, encoder).Of(ImageRoot.OfDataSet("."),
                [.. files.Select(f => SourceFiles.Of(".", f))],
                new FeatureOptions { Report = report, Cancel = cancel });
            foreach (var block in Enumerable.Range(0, files.Count).Chunk(Block))
            {
                int[] known = [.. block.Where(rows.Has)];
                var (p, k, next) = (model.Probabilities(rows.Rows(known)), Classes.Count, 0);
                foreach (var i in block)
                    yield return rows.Has(i) ? (p[(next * k)..(++next * k)], null)
                        : (null, rows.Problems.GetValueOrDefault(i) ?? "it has no features");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public void Dispose()
    {
    }

    // in the arithmetic that the model was fitted with
    private IEncoder Open()
    {
        if (ForeignFeatures.Recognises(model.Encoder))
            throw new InputException(
                $"expected an encoder that can encode new images, found the table {model.Encoder}; "
                + "'vaal init --encoder resnet18' and 'vaal train' make a model that can");
        Precision[] tried = [Precision.Auto, Precision.Float32];
        foreach (var precision in tried)
        {
            var encoder = PretrainedEncoders.Open(model.Encoder,
                new EncoderContext { State = state, Precision = precision });
            if (encoder.Digest == model.EncoderDigest) return encoder;
            encoder.Dispose();
        }
        throw new InputException($"expected the encoder {model.Encoder} that the model was fitted on "
            + $"(digest {model.EncoderDigest[..12]}), found another; run 'vaal train' again on this machine");
    }
}
