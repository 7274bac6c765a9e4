using TorchSharp.Modules;
using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Bench;

/// <summary>The released code's VAE for 32 pixels, plainly: every pass goes through the decoder, and memory is laid out
/// as it comes.</summary>
internal sealed class ReferenceVae : Module<Tensor, Tensor, VaeOutput>
{
    private readonly Sequential encoder, decoder;
    private readonly Linear mu, logVar;

    public ReferenceVae(int width, int latent) : base(nameof(ReferenceVae))
    {
        var (a, b, c, d) = (width, 2 * width, 4 * width, 8 * width);
        encoder = Sequential([.. Down(3, a), .. Down(a, b), .. Down(b, c), .. Down(c, d), Flatten()]);
        (mu, logVar) = (Linear(4 * d, latent), Linear(4 * d, latent));
        decoder = Sequential(
            [Linear(latent, 16 * d), Unflatten(1, [d, 4, 4]), .. Up(d, c), .. Up(c, b), .. Up(b, a),
                ConvTranspose2d(a, 3, 1)]);
        RegisterComponents();
    }

    public override VaeOutput forward(Tensor x, Tensor noise)
    {
        var h = encoder.call(x);
        var (m, v) = (mu.call(h), logVar.call(h));
        return new VaeOutput(decoder.call(m + (0.5f * v).exp() * noise), m, v);
    }

    private static Module<Tensor, Tensor>[] Down(int from, int to) =>
        [Conv2d(from, to, 4, 2, 1, bias: false), BatchNorm2d(to), ReLU(inplace: true)];
    private static Module<Tensor, Tensor>[] Up(int from, int to) =>
        [ConvTranspose2d(from, to, 4, 2, 1, bias: false), BatchNorm2d(to), ReLU(inplace: true)];
}
