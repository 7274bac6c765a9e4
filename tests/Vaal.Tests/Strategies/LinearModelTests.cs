using TorchSharp;
using Vaal.Heads;

namespace Vaal.Tests.Strategies;

/// <summary>A trained head as its file holds it, against numbers worked out by hand.</summary>
public sealed class LinearModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // features (4, 6) less the mean (1, 2) are (3, 4), of length 5: x = (0.6, 0.8)
    private static readonly LinearModel Linear =
        new([1, 0, 0, 2], [0.1, -0.2], [1, 2], 2, ["a", "b"], "resnet18", new string('d', 64));

    private static readonly LinearModel Mlp = Linear with
    {
        Weights = [1, 1, 0, 2],
        Hidden = new([1, -1, 1, 1], [0.1, -0.2]),
    };

    [Fact]
    public void Probabilities_OfARowWorkedByHand_AreThose()
    {
        // logits 0.6 + 0.1 and 1.6 − 0.2, by 2: 0.35 and 0.7
        double[] expected = [1 / (1 + Math.Exp(0.35)), 1 / (1 + Math.Exp(-0.35))];
        var p = Linear.Probabilities([4, 6]);
        Assert.Equal(expected[0], p[0], 1e-6);
        Assert.Equal(expected[1], p[1], 1e-6);
    }

    [Fact]
    public void Probabilities_BehindAHiddenLayer_AreThoseWorkedByHand()
    {
        // hidden: max(0, 0.6 − 0.8 + 0.1) = 0 and 0.6 + 0.8 − 0.2 = 1.2; logits 1.2 + 0.1 and 2.4 − 0.2, by 2
        var p = Mlp.Probabilities([4, 6]);
        Assert.Equal(1 / (1 + Math.Exp(0.45)), p[0], 1e-6);
        Assert.Equal(1 / (1 + Math.Exp(-0.45)), p[1], 1e-6);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Save_Opened_IsTheSameModel(bool hidden)
    {
        var model = hidden ? Mlp : Linear;
        model.Save(_folder["task.safetensors"]);
        var tensors = Vaal.Models.Safetensors.Load(_folder["task.safetensors"], out var metadata);
        var read = LinearModel.Of("it", tensors, metadata);
        foreach (var tensor in tensors.Values) tensor.Dispose();
        Assert.Equal(model.Probabilities([4, 6, -1, 3]), read.Probabilities([4, 6, -1, 3]));
        Assert.Equal((hidden ? "mlp" : "linear", "resnet18"), (metadata["model"], read.Encoder));
        using var predictor = Predictor.Open(_folder["task.safetensors"]);
        Assert.Equal("expected image files, or folders of them, found an empty list",
            Assert.Throws<InputException>(() => predictor.Predict([])).Message);
        Assert.Equal(["a", "b"], predictor.Classes);
    }

    [Fact]
    public void Open_HiddenLayerOfOtherSize_IsRefused()
    {
        Mlp.Save(_folder["task.safetensors"]);
        using var scope = torch.NewDisposeScope();
        var tensors = Vaal.Models.Safetensors.Load(_folder["task.safetensors"], out var metadata);
        tensors["hidden.weight"] = torch.tensor([1.0, 2, 3, 4, 5, 6], [2, 3]);
        Vaal.Models.Safetensors.Save(_folder["task.safetensors"], tensors.Select(t => (t.Key, t.Value)), metadata);
        Assert.StartsWith("expected 2 × 2 weights of the hidden layer", Assert.Throws<InputException>(
            () => Predictor.Open(_folder["task.safetensors"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfMlp_ClassWithoutLabels_HasProbabilityZero()
    {
        using var head = MlpHead.Fit(HeadRows.Of([1, 0, -1, 0, 0, 1, 0, -1], 2, [0, 0, 2, 2], 3), new() { Hidden = 4 });
        var model = LinearModel.Of(head, [2, 0, 2], [0, 0], 1, ["a", "never", "c"], "resnet18", new string('d', 64));
        var p = model.Probabilities([1, 0.1f]);
        Assert.Equal(0, p[1]);
        Assert.Equal(1, p.Sum(), 1e-12);
    }
}
