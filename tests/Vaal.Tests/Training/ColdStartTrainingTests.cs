using Vaal.Data;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>With no label yet the VAE learns Eq. 1 alone, both of its terms, on unlabelled images.</summary>
public sealed class ColdStartTrainingTests
{
    private static readonly VaalOptions Tiny = new(TinyImages.Vaal) { Iterations = 30, Flip = false };

    [Fact]
    public void Train_NothingLabelled_LearnsTheKlTerm()
    {
        var (without, _) = Train(new(Tiny) { Beta = 0 });
        var (with, first) = Train(new(Tiny) { Beta = 100 });
        Assert.True(with.Kl < 0.5 * first.Kl, $"KL went from {first.Kl} to {with.Kl}");
        Assert.True(with.Kl < 0.1 * without.Kl, $"KL is {with.Kl} with the term and {without.Kl} without");
    }

    [Fact]
    public void Train_NothingLabelled_LearnsTheReconstruction()
    {
        var (last, first) = Train(Tiny);
        Assert.InRange(last.Reconstruction, 0, 0.9 * first.Reconstruction);
    }

    /// <summary>λ1 = 0 switches Eq. 1 off, so that nothing is left to learn.</summary>
    [Fact]
    public void Train_NothingLabelled_Lambda1OfNothing_ChangesNoWeight()
    {
        using var images = TinyImages.Set(16);
        var options = new VaalOptions(Tiny) { Lambda1 = 0 };
        using var trainer = Trainer(options, images);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        var before = Weights();
        trainer.Train();
        Assert.Empty(TensorsOf.Changed(before, Weights()));

        SortedDictionary<string, byte[]> Weights() =>
            TensorsOf.Copy(vae.named_parameters().Select(p => (p.name, (Tensor)p.parameter)));
    }

    private static ((double Reconstruction, double Kl) Last, (double Reconstruction, double Kl) First) Train(
        VaalOptions options)
    {
        using var images = TinyImages.Set(16);
        using var trainer = Trainer(options, images);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        var losses = new List<(double, double)>();
        trainer.Train(e => losses.Add((e.Values!["recon"], e.Values["kl"])));
        return (losses[^1], losses[0]);
    }

    private static ColdStartTrainer Trainer(VaalOptions options, ImageSet images) =>
        new(options, new PixelExamples(images, options.Flip), [.. Enumerable.Range(0, images.Count)], seed: 1);
}
