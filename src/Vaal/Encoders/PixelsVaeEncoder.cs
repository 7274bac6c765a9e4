using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Encoders;

/// <summary>
/// VAAL's own latent: μ(x) of a VAE that was trained, without labels, on the pool. The first use trains it and keeps it
/// in the folder that it is given; later ones there, on more images too, use the same weights.
/// </summary>
internal sealed class PixelsVaeEncoder : IEncoder
{
    private const string FileName = "pixels-vae.safetensors";

    /// <summary>Decides the VAE's first weights and the order of the images.</summary>
    private const long Seed = 1;

    private static readonly VaalOptions Training = VaalOptions.Balanced;
    private readonly Vae _vae;
    private readonly FoldedEncoder _folded;

    /// <param name="fit">how the images that it learned from were made</param>
    private PixelsVaeEncoder(Vae vae, Fit fit)
    {
        _vae = vae;
        _folded = new FoldedEncoder(vae);
        float[] half = vae.Channels == 1 ? [0.5f] : [0.5f, 0.5f, 0.5f];
        Input = new EncoderInput { Size = vae.Size, Fit = fit, Channels = vae.Channels, Mean = half, Std = half };
        Digest = DigestOf(vae, Input);
    }

    public static EncoderEntry Entry { get; } = new("pixels-vae",
        "VAAL's latent, trained on the pool; for images that no other suits",
        "none needed", Training.LatentDim, Open);

    public string Name => Entry.Name;

    public string Digest { get; }

    public int FeatureDim => _vae.LatentDim;

    public EncoderInput Input { get; }

    public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
    {
        var values = new float[count * Input.ImageBytes];
        Input.Normalise(images, count, values, channelsLast: false);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var x = tensor(values, [count, Input.Channels, Input.Size, Input.Size]);            // (B, C, S, S)
        _folded.Mean(x).data<float>().ToArray().CopyTo(features);                            // (B, Z)
    }

    public void Dispose()
    {
        _folded.Dispose();
        _vae.Dispose();
    }

    /// <summary>Whether an encoder is this one, by its name, flipped or not.</summary>
    public static bool Is(string name) => FlippedEncoder.Parse(name).Name == Entry.Name;

    private static PixelsVaeEncoder Open(EncoderContext context) => OpenBriefly(context, null);

    /// <summary>The same after a shorter training; for tests.</summary>
    /// <param name="iterations">null: as many as VAAL's default</param>
    internal static PixelsVaeEncoder OpenBriefly(EncoderContext context, int? iterations)
    {
        var folder = context.State
            ?? throw new InputException(
            "expected a pool that pixels-vae is trained on, found none; use it with 'vaal init'");
        var path = Path.Combine(folder, FileName);
        var (vae, fit) = File.Exists(path) ? Load(path)
            : (Train(path, context, new(Training) { Iterations = iterations ?? Training.Iterations }), context.Fit);
        return new(vae, fit);
    }

    // once stopped, it goes on from where it was, if pool and options are the same
    private static Vae Train(string path, EncoderContext context, VaalOptions options)
    {
        options = new(options) { Precision = context.Precision };
        var pool = (context.Pool
            ?? throw new InputException($"expected {path}, or a pool to train pixels-vae on, found neither"))();
        var images = pool.Images;
        int[] learns = [.. pool.Labelled.Concat(pool.Unlabelled).Order()];
        if (learns.Length == 0)
            throw new InputException("expected a pool to train pixels-vae on, found test images alone; "
                + "run 'vaal init' again with a smaller --test");
        var size = options.SizeFor(images);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var trainer = new ColdStartTrainer(options, new PixelExamples(images.Squared(size), options.Flip),
            learns, Seed);
        var part = path + ".part";
        var checkpoint = new Checkpoint(part,
            $"{JsonSerializer.Serialize(options, Json.Options)} {Fingerprint.OfPixels(images)} "
                + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<int>(learns))));
        checkpoint.TryRestore(trainer.Restore);
        try
        {
            trainer.Train(context.Report, () => checkpoint.SaveIfDue(trainer.State(), trainer.Iteration),
                context.Cancel);
        }
        catch (OperationCanceledException)
        {
            checkpoint.Save(trainer.State(), trainer.Iteration);
            throw;
        }
        trainer.D.Dispose();
        Safetensors.Save(path, trainer.Vae.state_dict().Select(p => (p.Key, p.Value)), new Dictionary<string, string>
        {
            ["channels"] = images.Channels.ToString(CultureInfo.InvariantCulture),
            ["size"] = size.ToString(CultureInfo.InvariantCulture),
            ["width"] = options.Width.ToString(CultureInfo.InvariantCulture),
            ["latent"] = options.LatentDim.ToString(CultureInfo.InvariantCulture),
            ["fit"] = context.Fit.ToString(),
        });
        File.Delete(part);
        return trainer.Vae;
    }

    private static (Vae Vae, Fit Fit) Load(string path)
    {
        using var scope = NewDisposeScope();
        var saved = Safetensors.Load(path, out var metadata);
        // files from before it was written: features were made of centre crops, and stay as they are
        var fit = Fit.Crop;
        if (metadata.TryGetValue("fit", out var written) && !(Enum.TryParse(written, out fit) && Enum.IsDefined(fit)))
            throw Lacks("fit");
        var vae = new Vae(Number("channels", [1, 3]), Number("size", [32, 64, 128, 256]), Number("width", null),
            Number("latent", null));
        try
        {
            Checkpoint.Copy(saved, vae.state_dict().Select(p => (p.Key, p.Value)), 0, 0);
            return (vae, fit);
        }
        catch
        {
            vae.Dispose();
            throw;
        }

        int Number(string key, int[]? allowed) =>
            int.TryParse(metadata.GetValueOrDefault(key), CultureInfo.InvariantCulture, out var number)
                && number is > 0 and <= 4_096
            && (allowed is null || allowed.Contains(number)) ? number : throw Lacks(key);

        InputException Lacks(string key) => new(
            $"expected the VAE of pixels-vae in {path}, found a file without its '{key}'; delete it to train again");
    }

    private static string DigestOf(Vae vae, EncoderInput input)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(Encoding.UTF8.GetBytes($"vae {input.Canonical}\n"));
        using var scope = NewDisposeScope();
        foreach (var (name, value) in vae.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            sum.AppendData(Encoding.UTF8.GetBytes(name));
            sum.AppendData(value.contiguous().bytes);
        }
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }
}
