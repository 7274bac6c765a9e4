using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// The discriminator D of VAAL (section 3.2): tells from μ whether an image is labelled (1) or not (0).
/// Gives logits, (B, 1): the sigmoid belongs to the loss, where it does not saturate; the order of scores is the same.
/// Three layers as in the authors' code; the paper says five.
/// </summary>
internal sealed class Discriminator : Module<Tensor, Tensor>
{
    private readonly Sequential net;

    public Discriminator(int latentDim = 32, int hidden = 512) : base(nameof(Discriminator))
    {
        net = Sequential(
            Linear(latentDim, hidden), ReLU(inplace: true),
            Linear(hidden, hidden), ReLU(inplace: true),
            Linear(hidden, 1));
        RegisterComponents();
    }

    /// <param name="mu">(B, Z)</param>
    public override Tensor forward(Tensor mu) => net.call(mu); // (B, 1)

    /// <summary>The same with r beside μ, for a discriminator of Z + 1 inputs.</summary>
    /// <param name="r">(B, 1); null: there is none</param>
    internal Tensor Of(Tensor mu, Tensor? r) => call(r is null ? mu : cat([mu, r], 1));

    /// <summary>Weights and biases of the linear layers; between them are ReLUs.</summary>
    internal IEnumerable<(Tensor Weight, Tensor Bias)> Layers =>
        net.children().OfType<TorchSharp.Modules.Linear>().Select(l => ((Tensor)l.weight, (Tensor)l.bias!));

    public Discriminator Initialised(Generator generator)
    {
        Initialise.Kaiming(net, generator);
        return this;
    }
}
