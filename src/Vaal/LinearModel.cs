using System.Globalization;
using System.Text.Json;
using Vaal.Coverage;
using Vaal.Heads;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>
/// A trained linear model as its file holds it: x = (features − mean) / length; probabilities =
/// softmax((weight · x + bias) / temperature), or a sigmoid of each where an image may have several classes. Of
/// <c>mlp</c>, a hidden layer comes before the weights.
/// </summary>
/// <param name="Weights">(K, F), or (K, H) after a hidden layer</param>
/// <param name="Intercepts">(K); −∞ of a class without labels, +∞ of one that every label has</param>
/// <param name="Mean">of the features of the pool, (F)</param>
/// <param name="Encoder">as the workspace names it</param>
internal sealed record LinearModel(double[] Weights, double[] Intercepts, double[] Mean, double Temperature,
    IReadOnlyList<string> Classes, string Encoder, string EncoderDigest)
{
    /// <summary>F.</summary>
    public int Width => Mean.Length;

    /// <summary>Of <c>mlp</c>; null: of <c>linear</c>.</summary>
    public HiddenLayer? Hidden { get; init; }

    /// <summary>F, or H after a hidden layer.</summary>
    public int LastWidth => Hidden?.Units ?? Width;

    /// <summary>An image may have several of the classes: each probability is a sigmoid's.</summary>
    public bool MultiLabel { get; init; }

    /// <param name="mean">that the head's rows were made less</param>
    public static LinearModel Of(LinearHead head, double[] mean, IReadOnlyList<string> classes, string encoder,
        string digest)
    {
        var (weights, intercepts) = head.Coefficients();
        return new(weights, intercepts, mean, head.Temperature, classes, encoder, digest)
        {
            MultiLabel = head.MultiLabel,
        };
    }

    /// <summary>The same of a head with a hidden layer.</summary>
    /// <param name="labels">how many each class has: one without any is never predicted</param>
    public static LinearModel Of(MlpHead head, IReadOnlyList<double> labels, double[] mean, double temperature,
        IReadOnlyList<string> classes, string encoder, string digest)
    {
        var (hidden, weights, biases) = head.Coefficients();
        double[] intercepts = [.. biases.Select((b, k) => labels[k] > 0 ? b : double.NegativeInfinity)];
        return new(weights, intercepts, mean, temperature, classes, encoder, digest)
        {
            MultiLabel = head.MultiLabel,
            Hidden = hidden,
        };
    }

    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(path,
        [
            ("weight", tensor(Weights, [Intercepts.Length, LastWidth])), ("bias", tensor(Intercepts)),
            ("mean", tensor(Mean)),
            .. Hidden is null ? Array.Empty<(string, Tensor)>()
                : [("hidden.weight", tensor(Hidden.Weights, [Hidden.Units, Width])),
                    ("hidden.bias", tensor(Hidden.Biases))],
        ], new Dictionary<string, string>(MultiLabel ? [new("several", "true")] : [])
        {
            ["model"] = Hidden is null ? LinearLearner.Model : LinearLearner.Mlp,
            ["classes"] = JsonSerializer.Serialize(Classes, Json.Options),
            ["encoder"] = Encoder,
            ["encoderDigest"] = EncoderDigest,
            ["temperature"] = Temperature.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    /// <param name="tensors">of the file; they stay the caller's</param>
    /// <param name="metadata">of the file</param>
    /// <exception cref="InputException">something is missing, or the sizes do not fit each other</exception>
    public static LinearModel Of(string path, IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        double[] Numbers(string name) => tensors.TryGetValue(name, out var found)
            && found.dtype == ScalarType.Float64 ? found.data<double>().ToArray()
            : throw new InputException($"expected float64 numbers '{name}' in {path}, found none");
        string Text(string name) => metadata.GetValueOrDefault(name)
            ?? throw new InputException($"expected '{name}' in {path}, found none");
        var classes = JsonSerializer.Deserialize<string[]>(Text("classes")) ?? [];
        var model = new LinearModel(Numbers("weight"), Numbers("bias"), Numbers("mean"),
            double.Parse(Text("temperature"), CultureInfo.InvariantCulture), classes, Text("encoder"),
            Text("encoderDigest"))
        {
            MultiLabel = metadata.ContainsKey("several"),
            Hidden = metadata.GetValueOrDefault("model") == LinearLearner.Mlp
                ? new(Numbers("hidden.weight"), Numbers("hidden.bias")) : null,
        };
        if (model.Hidden is { } hidden && hidden.Weights.Length != hidden.Units * model.Width)
            throw new InputException($"expected {hidden.Units} × {model.Width} weights of the hidden layer in {path}, "
                + $"found {hidden.Weights.Length}");
        return model.Intercepts.Length == classes.Length && model.Weights.Length == classes.Length * model.LastWidth
            ? model
            : throw new InputException($"expected {classes.Length} × {model.LastWidth} weights in {path}, "
                + $"found {model.Weights.Length}");
    }

    /// <summary>Probabilities of the classes, (N, K).</summary>
    /// <param name="features">as the encoder gives them, (N, F)</param>
    public double[] Probabilities(float[] features) => Probabilities(UnitRows.Of(features, Width, Mean));

    /// <param name="rows">less <see cref="Mean"/>, of length 1</param>
    public double[] Probabilities(UnitRows rows)
    {
        var (k, p) = (Intercepts.Length, new double[rows.Count * Intercepts.Length]);
        Blocks.InParallel(rows.Count, 64, (from, end) =>
        {
            var x = new float[Width];
            for (var i = from; i < end; i++)
            {
                rows.Copy(i, x);
                var hidden = Hidden?.Of(x);
                var z = p.AsSpan(i * k, k);
                for (var c = 0; c < k; c++)
                {
                    var weights = Weights.AsSpan(c * LastWidth, LastWidth);
                    var sum = Intercepts[c];
                    for (var f = 0; f < weights.Length; f++) sum += weights[f] * (hidden is null ? x[f] : hidden[f]);
                    z[c] = sum / Temperature;
                }
                if (!MultiLabel) CrossEntropy.Softmax(z);
                else for (var c = 0; c < k; c++) z[c] = 1 / (1 + Math.Exp(-z[c]));
            }
        });
        return p;
    }
}
