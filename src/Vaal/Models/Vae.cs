using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Models;

/// <summary>
/// The variational auto-encoder q(z|x), p(x|z) of VAAL (Sinha et al., ICCV 2019, section 3.1), for square images.
/// At 32 pixels and width 128 it is the authors' network, layer by layer; the names of its parameters are theirs.
/// Larger images add halvings to the encoder and doublings to the decoder, eight times the width at most.
/// </summary>
internal sealed class Vae : AutoEncoder
{
    private readonly Sequential encoder;
    private readonly Linear fc_mu;
    private readonly Linear fc_logvar;
    private readonly Sequential decoder;

    /// <param name="channels">1 or 3</param>
    /// <param name="size">side in pixels: 32, 64, 128 or 256</param>
    /// <param name="width">channels of the first layer; the reference has 128</param>
    /// <param name="latentDim">Z, the dimensions of the latent</param>
    public Vae(int channels = 3, int size = 32, int width = 128, int latentDim = 32)
        : this(channels, size, width, latentDim, 0)
    {
    }

    /// <param name="conditions">numbers that the decoder is given beside z</param>
    internal Vae(int channels, int size, int width, int latentDim, int conditions) : base(nameof(Vae), latentDim)
    {
        if (size is not (32 or 64 or 128 or 256))
            throw new ArgumentOutOfRangeException(nameof(size), size, "32, 64, 128 or 256");
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "1 or 3");
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Libtorch.Ready();
        (Channels, Size, Width) = (channels, size, width);
        // TorchSharp drops a tensor for each convolution with a bias
        using var scope = NewDisposeScope();

        int[] widths = [.. Enumerable.Range(0, int.Log2(size) - 1).Select(i => width * Math.Min(1 << i, 8))]; // to 2×2
        encoder = Encoder(channels, widths);
        fc_mu = Linear(widths[^1] * 4, latentDim);
        fc_logvar = Linear(widths[^1] * 4, latentDim);
        decoder = Decoder(latentDim + conditions, widths, channels);
        RegisterComponents();
    }

    public int Channels { get; }
    public int Size { get; }
    public int Width { get; }

    /// <inheritdoc/>
    internal override VaeOutput Pass(Tensor x, Tensor noise, Tensor? condition)
    {
        using var h = Encode(x);                                    // (B, 4·W)
        var (mu, logVar) = (fc_mu.call(h), fc_logvar.call(h));            // (B, Z), (B, Z)
        using var scope = NewDisposeScope();
        var z = mu + (0.5f * logVar).exp() * noise;                       // (B, Z)
        return new VaeOutput(
            Decode(condition is null ? z : cat([z, condition], 1)).MoveToOuterDisposeScope(), mu, logVar);
    }

    /// <inheritdoc/>
    public override Tensor Mean(Tensor x)
    {
        using var h = Encode(x);
        return Mu(h);
    }

    /// <summary>μ and log σ² of q(z|x) side by side, (B, 2·Z).</summary>
    internal Tensor Posterior(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = Encode(x);
        return cat([fc_mu.call(h), fc_logvar.call(h)], 1).MoveToOuterDisposeScope();
    }

    // (B, C, S, S) → (B, 4·W)
    private Tensor Encode(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = Convolutions is { } type ? ChannelsLast.Of(x.to(type)) : x.alias();
        foreach (var layer in encoder.children()) h = Through(layer, h);
        return h.to(x.dtype).MoveToOuterDisposeScope();
    }

    // (B, Z) → (B, C, S, S)
    private Tensor Decode(Tensor z)
    {
        using var scope = NewDisposeScope();
        var h = z.alias();
        foreach (var layer in decoder.children())
            h = Through(
                layer, layer is ConvTranspose2d && Convolutions is { } type && h.dtype != type ? h.to(type) : h);
        return h.to(z.dtype).MoveToOuterDisposeScope();
    }

    // disposes what it is given: at most two layers' maps live at a time where no gradient needs them
    private Tensor Through(Module layer, Tensor h)
    {
        using var given = h;
        using var scope = NewDisposeScope();
        var next = layer switch
        {
            Conv2d c when Convolutions is not null => BFloat16Convolutions.Down(h, c.weight),
            ConvTranspose2d { bias: null } c when Convolutions is not null => BFloat16Convolutions.Up(h, c.weight),
            ConvTranspose2d { bias: { } bias } c when Convolutions is not null =>
                BFloat16Convolutions.PerPixel(h, c.weight, bias),
            Conv2d c when WideConvolution.Suits(c, h) => WideConvolution.Apply(c.weight, h),
            _ => ((Module<Tensor, Tensor>)layer).call(h),
        };
        return next.MoveToOuterDisposeScope();
    }

    /// <summary>The last layer before μ, on the encoder's maps, (B, 4·W).</summary>
    internal Tensor Mu(Tensor h) => fc_mu.call(h);

    /// <summary>Its weight (Z, 4·W) and bias (Z).</summary>
    internal (Tensor Weight, Tensor Bias) LastLinear => (fc_mu.weight, fc_mu.bias!);

    /// <summary>The encoder's convolutions (4×4, stride 2, padding 1) with their normalisations, in order.</summary>
    internal IEnumerable<(Conv2d Convolution, BatchNorm2d Norm)> Stages =>
        encoder.children().OfType<Conv2d>().Zip(encoder.children().OfType<BatchNorm2d>());

    /// <summary>The reference's initialisation as it really happens: Kaiming inside the Sequentials, except where
    /// its list forgets a layer (fc_mu, fc_logvar, the transposed convolutions), which keep PyTorch's
    /// defaults.</summary>
    public Vae Initialised(Generator generator)
    {
        Initialise.Kaiming(encoder, generator);
        Initialise.Default(fc_mu, generator);
        Initialise.Default(fc_logvar, generator);
        Initialise.Kaiming(decoder, generator);
        return this;
    }

    private static Sequential Encoder(int channels, int[] widths)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < widths.Length; i++)
        {
            layers.Add(
                Conv2d(i == 0
                    ? channels
                    : widths[i - 1], widths[i], kernel_size: 4, stride: 2, padding: 1, bias: false));
            layers.Add(BatchNorm2d(widths[i]));
            layers.Add(ReLU(inplace: true));
        }
        layers.Add(Flatten());
        return Sequential(layers);
    }

    // The encoder ends at 2×2 and the decoder begins at 4×4; the reference has it so.
    private static Sequential Decoder(int inputs, int[] widths, int channels)
    {
        var layers = new List<Module<Tensor, Tensor>> { Linear(inputs, widths[^1] * 16), new Maps(widths[^1]) };
        for (var i = widths.Length - 1; i > 0; i--)
        {
            layers.Add(ConvTranspose2d(widths[i], widths[i - 1], kernel_size: 4, stride: 2, padding: 1, bias: false));
            layers.Add(BatchNorm2d(widths[i - 1]));
            layers.Add(ReLU(inplace: true));
        }
        layers.Add(ConvTranspose2d(widths[0], channels, kernel_size: 1));
        return Sequential(layers);
    }

    /// <summary>(B, C·16) → (B, C, 4, 4).</summary>
    private sealed class Maps(int channels) : Module<Tensor, Tensor>(nameof(Maps))
    {
        public override Tensor forward(Tensor x)
        {
            using var maps = x.view(-1, channels, 4, 4);
            return ChannelsLast.Of(maps);
        }
    }
}
