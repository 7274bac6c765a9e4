using System.Text.Json;
using TorchSharp;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Our VGG-16 and two steps of our SGD against the authors' network under PyTorch, in float64.</summary>
[Trait("Category", "Slow")]
public sealed class Vgg16Tests
{
    private const string Manifest = "full_width_manifest.json", Expected = "vgg16bn_expected.safetensors";

    public static IEnumerable<TheoryDataRow<string>> Sets => ParitySet.With(Manifest, Expected);

    [Theory, MemberData(nameof(Sets))]
    public void Vgg16_TwoTrainingSteps_EqualTheReference(string folder)
    {
        using var set = ParitySet.Open(folder);
        using var scope = NewDisposeScope();
        var hashed = new HashedTensors(set.Json(Manifest).GetProperty("rng").GetProperty("seed").GetUInt64());
        var weights = MakeWeights(hashed, set.Json(Manifest).GetProperty("vgg16_bn").GetProperty("weights"));
        using var model = new Vgg16(3, (int)weights["classifier.6.bias"].shape[0], dropout: 0);
        model.to(ScalarType.Float64);
        StepsEqual(set, hashed, model, weights, "train_dropout_p0", steps: 2);
        // "frozen batch normalisation"; the optimiser was compared above
        StepsEqual(set, hashed, model, weights, "eval", steps: 1);
    }

    private static void StepsEqual(
        ParitySet set, HashedTensors hashed, Vgg16 model, Dictionary<string, Tensor> weights, string mode, int steps)
    {
        using var scope = NewDisposeScope();
        var manifest = set.Json(Manifest);
        var reference = manifest.GetProperty("vgg16_bn");
        LoadWeights(model, weights);
        model.train(mode != "eval");
        var shape = manifest.GetProperty("inputs").GetProperty("input.lab").Deserialize<long[]>()!;
        var x = hashed.Make(
            "input.lab", shape, manifest.GetProperty("inputs").GetProperty("scale").GetProperty("input").GetDouble(), 0)
            .to(ScalarType.Float64);
        var note = reference.GetProperty("note").GetString()!;                      // … labels [3,0,9,5,1,7]
        var y = tensor(JsonSerializer.Deserialize<long[]>(note[note.LastIndexOf('[')..(note.LastIndexOf(']') + 1)])!);
        using var sgd = new Sgd(model.named_parameters(), momentum: 0.9, weightDecay: 5e-4);
        var numbers = reference.GetProperty(mode);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var logits = model.call(x);
            var loss = nn.functional.cross_entropy(logits, y);
            Near.Relative(set[Expected, $"{mode}.logits{step}"], logits, 1e-8, $"{mode}: logits of step {step}");
            Near.Relative(
                numbers.GetProperty("ce")[step].GetDouble(), loss.item<double>(), 1e-8, $"{mode}: loss of step {step}");
            sgd.ZeroGrad();
            loss.backward();
            if (step == 0)
                ChecksumsEqual(
                    numbers.GetProperty("grad_chk_step0"), model.named_parameters()
                    .Select(p => (p.name, p.parameter.grad!)), mode);
            sgd.Step(0.01);
        }
        if (steps == 2)
            ChecksumsEqual(
                numbers.GetProperty("after_2_sgd_steps_chk"), model.state_dict().Select(p => (p.Key, p.Value)), mode);
    }

    // "name": [scale, offset, shape]
    private static Dictionary<string, Tensor> MakeWeights(HashedTensors hashed, JsonElement weights) =>
        weights.EnumerateObject().ToDictionary(w => w.Name["task.".Length..],
            w => hashed.Make(
                w.Name, w.Value[2].Deserialize<long[]>()!, w.Value[0].GetDouble(), w.Value[1].GetDouble()));

    private static void LoadWeights(Vgg16 model, Dictionary<string, Tensor> weights)
    {
        using var noGrad = no_grad();
        var state = model.state_dict();
        Assert.Equal(
            weights.Keys.Order(),
            state.Keys.Where(k => !k.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order());
        foreach (var (key, value) in state)
        {
            if (!weights.TryGetValue(key, out var weight))
            {
                value.zero_();
                continue;
            }
            Assert.Equal(weight.shape, value.shape);
            value.copy_(weight);
        }
    }

    /// <summary>[sum, sum of absolute values, L2 norm], to 1e-8 of the sum of absolute values.</summary>
    private static void ChecksumsEqual(
        JsonElement expected, IEnumerable<(string Name, Tensor Value)> tensors, string mode)
    {
        var count = 0;
        foreach (var (name, value) in tensors)
        {
            using var scope = NewDisposeScope();
            var t = value.detach().to(ScalarType.Float64);
            var wanted = expected.GetProperty("task." + name).Deserialize<double[]>()!;
            double[] found = [t.sum().item<double>(), t.norm(1f).item<double>(), t.norm(2f).item<double>()];
            for (var i = 0; i < 3; i++)
            {
                // biases before batch normalisation have gradients of rounding errors
                var tolerance = 1e-8 * Math.Max(wanted[1], 1e-4);
                Assert.True(
                    Math.Abs(found[i] - wanted[i]) <= tolerance,
                    $"{mode}: {name}[{i}] is {found[i]:R}, the reference has {wanted[i]:R}");
            }
            count++;
        }
        Assert.Equal(expected.EnumerateObject().Count(), count);
    }
}
