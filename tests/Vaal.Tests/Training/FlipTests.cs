using Vaal.Training;

namespace Vaal.Tests.Training;

/// <summary><c>Flip</c> decides whether the VAE learns from mirrored images too.</summary>
public sealed class FlipTests
{
    [Fact]
    public void Train_Flip_ChangesWhatTheVaeSees()
    {
        using var images = TinyImages.Set(24);
        Assert.NotEmpty(TensorsOf.Changed(Weights(flip: true), Weights(flip: false)));

        SortedDictionary<string, byte[]> Weights(bool flip)
        {
            var options = new VaalOptions(TinyImages.Vaal) { Flip = flip };
            int[] labelled = [.. Enumerable.Range(0, 8)], unlabelled = [.. Enumerable.Range(8, 16)];
            using var trainer = new VaalTrainer(options, images, labelled, unlabelled, seed: 1);
            using var vae = trainer.Vae;
            using var d = trainer.D;
            trainer.Train();
            return TensorsOf.Copy(vae);
        }
    }
}
