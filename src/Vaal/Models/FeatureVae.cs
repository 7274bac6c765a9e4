using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// A fully connected VAE of feature vectors: the encoder and the decoder have two hidden layers each, with batch
/// normalisation and ReLU. The names of its parts are those of <see cref="Vae"/>.
/// </summary>
internal sealed class FeatureVae : AutoEncoder
{
    private readonly Sequential encoder;
    private readonly Linear fc_mu;
    private readonly Linear fc_logvar;
    private readonly Sequential decoder;

    /// <param name="features">F, the length of a feature vector, at least 1</param>
    /// <param name="hidden">width of the hidden layers, at least 1</param>
    /// <param name="latentDim">Z, the dimensions of the latent, at least 1</param>
    public FeatureVae(int features, int hidden = 512, int latentDim = 32) : this(features, hidden, latentDim, 0)
    {
    }

    /// <param name="conditions">numbers that the decoder is given beside z</param>
    internal FeatureVae(int features, int hidden, int latentDim, int conditions) : base(nameof(FeatureVae), latentDim)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        Libtorch.Ready();
        (Features, Hidden) = (features, hidden);
        encoder = Sequential([.. Layer(features, hidden), .. Layer(hidden, hidden)]);
        fc_mu = Linear(hidden, latentDim);
        fc_logvar = Linear(hidden, latentDim);
        decoder =
            Sequential([.. Layer(latentDim + conditions, hidden), .. Layer(hidden, hidden), Linear(hidden, features)]);
        RegisterComponents();
    }

    /// <summary>F.</summary>
    public int Features { get; }

    /// <summary>Width of the hidden layers.</summary>
    public int Hidden { get; }

    internal override VaeOutput Pass(Tensor x, Tensor noise, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        var h = encoder.call(x);                                                 // (B, H)
        var (mu, logVar) = (fc_mu.call(h), fc_logvar.call(h));                   // (B, Z), (B, Z)
        var z = mu + (0.5f * logVar).exp() * noise;                              // (B, Z)
        var recon = decoder.call(condition is null ? z : cat([z, condition], 1)); // (B, F)
        return new(recon.MoveToOuterDisposeScope(), mu.MoveToOuterDisposeScope(), logVar.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override Tensor Mean(Tensor x)
    {
        using var h = encoder.call(x);
        return fc_mu.call(h);
    }

    /// <summary>Fresh weights from <paramref name="generator"/>, by the rules of
    /// <see cref="Vae.Initialised"/>.</summary>
    public FeatureVae Initialised(Generator generator)
    {
        Initialise.Kaiming(encoder, generator);
        Initialise.Default(fc_mu, generator);
        Initialise.Default(fc_logvar, generator);
        Initialise.Kaiming(decoder, generator);
        return this;
    }

    private static Module<Tensor, Tensor>[] Layer(int from, int to) =>
        [Linear(from, to), BatchNorm1d(to), ReLU(inplace: true)];
}
