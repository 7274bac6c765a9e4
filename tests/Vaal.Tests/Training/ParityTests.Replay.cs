using System.Text.Json;
using Vaal.Data;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>The recorded steps, replayed.</summary>
public sealed partial class ParityTests
{
    private static VaalOptions Released(ParitySet set)
    {
        var manifest = set.Json("manifest.json");
        var (arch, hyper, optim) =
            (manifest.GetProperty("arch"), manifest.GetProperty("hyper"), manifest.GetProperty("optim"));
        return new(VaalOptions.Official)
        {
            Width = arch.GetProperty("vae_base_width").GetInt32(),
            LatentDim = arch.GetProperty("z_dim").GetInt32(),
            Beta = hyper.GetProperty("beta").GetDouble(),
            Lambda2 = hyper.GetProperty("lambda_adv").GetDouble(),
            VaeSteps = hyper.GetProperty("num_vae_steps").GetInt32(),
            DiscriminatorSteps = hyper.GetProperty("num_adv_steps").GetInt32(),
            VaeLearningRate = optim.GetProperty("adam_lr").GetDouble(),
            DiscriminatorLearningRate = optim.GetProperty("adam_lr").GetDouble(),
        };
    }

    private static VaalTrainer Trainer(ParitySet set, VaalOptions options, ScalarType precision)
    {
        var arch = set.Json("manifest.json").GetProperty("arch");
        var (channels, size) = (arch.GetProperty("nc").GetInt32(), arch.GetProperty("image").GetInt32());
        var trainer = Trainer(options, zeros(1, channels, size, size), precision);
        if (File.Exists(Path.Combine(set.Folder, "init.safetensors"))) Load(trainer, set.Tensors("init.safetensors"));
        return trainer;
    }

    private static VaalTrainer Trainer(VaalOptions options, Tensor like, ScalarType precision)
    {
        var (channels, size) = ((int)like.shape[1], (int)like.shape[2]);
        var images = new ImageSet(PixelStore.Allocate(2 * channels * size * size), channels, size, size);
        return new VaalTrainer(options, images, [0], [1], seed: 1, precision: precision);
    }

    private static int Iterations(ParitySet set) =>
        Enumerable.Range(0, int.MaxValue).TakeWhile(it => set.Has(Inputs, $"it{it}.b0.lab")).Count();

    private static void Iterate(
        ParitySet set, VaalTrainer trainer, int it, ScalarType type, Action<int>? beforeVaeStep = null,
        Action<int, Tensor>? afterVaeStep = null, Action<int, Tensor>? afterDStep = null)
    {
        var hyper = set.Json("manifest.json").GetProperty("hyper");
        var steps = hyper.GetProperty("num_vae_steps").GetInt32();
        Tensor Input(string name) => set[Inputs, $"it{it}.{name}"].to(type);
        for (var v = 0; v < steps; v++)
        {
            beforeVaeStep?.Invoke(v);
            var losses =
                trainer.StepVae(Input($"b{v}.lab"), Input($"b{v}.unl"), Input($"v{v}.eps_lab"), Input($"v{v}.eps_unl"));
            afterVaeStep?.Invoke(v, losses);
        }
        for (var k = 0; k < hyper.GetProperty("num_adv_steps").GetInt32(); k++)
            afterDStep?.Invoke(k, trainer.StepDiscriminator(Input($"b{steps - 1}.lab"), Input($"b{steps - 1}.unl")));
        if (afterDStep is null)
            for (var k = 0; k < hyper.GetProperty("num_adv_steps").GetInt32(); k++)
                trainer.StepDiscriminator(Input($"b{steps - 1}.lab"), Input($"b{steps - 1}.unl"));
    }

    // A look at what the coming step will see; BN buffers are put back.
    private static void ForwardEqualsReference(ParitySet set, VaalTrainer trainer, int it, int v)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var before = Weights(trainer).ToDictionary(w => w.Name, w => w.Value.clone());
        foreach (var part in new[] { "lab", "unl" })
        {
            var y = trainer.Vae.call(
                set[Inputs, $"it{it}.b{v}.{part}"].to(ScalarType.Float64), set[Inputs, $"it{it}.v{v}.eps_{part}"]
                .to(ScalarType.Float64));
            void Equal(string name, Tensor actual, double relative)
            {
                if (set.Has(Expected, $"it{it}.v{v}.{name}_{part}"))
                    Near.Relative(
                        set[Expected, $"it{it}.v{v}.{name}_{part}"], actual, relative, $"it{it}.v{v}.{name}_{part}");
            }
            Assert.True(set.Has(Expected, $"it{it}.v{v}.mu_{part}"));
            Equal("mu", y.Mu, 1e-8);
            Equal("logvar", y.LogVar, 1e-8);
            Equal("recon", y.Recon, 1e-6);
            Equal("dpred", trainer.D.call(y.Mu).sigmoid(), 1e-8);
        }
        Load(trainer, before);
    }

    private static void VaeLossesEqual(JsonElement expected, Tensor actual, double relative)
    {
        var losses = Losses.Read(actual, zeros(1).sum());
        double Value(string name) => expected.GetProperty(name).GetDouble();
        Near.Relative(Value("mse_lab"), losses.MseL, relative, "mse_lab");
        Near.Relative(Value("kld_lab"), losses.KlL, relative, "kld_lab");
        Near.Relative(Value("mse_unl"), losses.MseU, relative, "mse_unl");
        Near.Relative(Value("kld_unl"), losses.KlU, relative, "kld_unl");
        Near.Relative(Value("bce_lab") + Value("bce_unl"), losses.Adversarial, relative, "adv");
        Near.Relative(Value("total"), losses.Total, relative, "total");
    }

    private static void GradientsEqual(ParitySet set, string prefix, VaalTrainer trainer)
    {
        var parameters = Parameters(trainer);
        foreach (
            var (name, expected) in set.Tensors(Expected)
            .Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)))
            Near.Relative(expected, parameters[name[prefix.Length..]].grad!, 1e-6, name);
    }

    // The decoder's BN buffers move in the reference's D step, which ours leaves out.
    private static void ChecksumsEqual(JsonElement expected, VaalTrainer trainer, double relative)
    {
        foreach (var (name, value) in Weights(trainer))
            if (expected.TryGetProperty(name, out _)
                && !(name.StartsWith("vae.decoder.", StringComparison.Ordinal)
                    && (name.Contains("running_", StringComparison.Ordinal)
                        || name.EndsWith("tracked", StringComparison.Ordinal))))
                ChecksumEqual(expected.GetProperty(name), value, relative, name);
    }

    // [sum, sum of absolute values, Euclidean norm]; the sum is compared on the scale of its terms
    private static void ChecksumEqual(JsonElement expected, Tensor actual, double relative, string what)
    {
        using var scope = NewDisposeScope();
        var t = actual.detach().to(ScalarType.Float64);
        var (sum, abs, norm) = (expected[0].GetDouble(), expected[1].GetDouble(), expected[2].GetDouble());
        Assert.True(Math.Abs(sum - t.sum().item<double>()) <= relative * Math.Max(1, abs), what);
        Near.Relative(abs, t.abs().sum().item<double>(), relative, what);
        Near.Relative(norm, t.square().sum().sqrt().item<double>(), relative, what);
    }

    private static IEnumerable<(string Name, Tensor Value)> Weights(VaalTrainer trainer) =>
        trainer.State().Where(s => !s.Name.StartsWith("adam.", StringComparison.Ordinal));

    private static Dictionary<string, TorchSharp.Modules.Parameter> Parameters(VaalTrainer trainer) =>
        trainer.Vae.named_parameters().Select(p => ($"vae.{p.name}", p.parameter))
            .Concat(trainer.D.named_parameters().Select(p => ($"disc.{p.name}", p.parameter)))
                .ToDictionary(p => p.Item1, p => p.parameter);

    private static void Load(VaalTrainer trainer, IReadOnlyDictionary<string, Tensor> weights)
    {
        using var noGrad = no_grad();
        foreach (var (name, value) in Weights(trainer))
            if (weights.TryGetValue(name, out var stored)) value.copy_(stored);
            else Assert.EndsWith("num_batches_tracked", name);
    }

    private static long[] Shape(JsonElement shape) => [.. shape.EnumerateArray().Select(d => d.GetInt64())];

    private static Tensor Pixels(Tensor pool, long[] ids) =>
        Augment.Normalise(pool.index_select(0, tensor(ids))).to(ScalarType.Float64);

    // Scores come in visiting order and go to their image's position in the pool.
    private static Tensor ByImage(long[] order, IEnumerable<Tensor> negativeLogits) =>
        (-cat([.. negativeLogits])).sigmoid().index_select(0, tensor(order).argsort());

    private static long[] Top(long[] names, Tensor scores, int budget) =>
        [.. names.Zip(scores.data<double>().ToArray()).OrderBy(p => p.Second).Take(budget).Select(p => p.First)];
}
