using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Our networks, losses, steps and rankings against the authors' code, number by number.</summary>
[Trait("Category", "Slow")]
public sealed class ParityTests
{
    private const string Inputs = "inputs.safetensors", Expected = "expected_f64.safetensors",
        Final = "final_f64.safetensors";

    public static IEnumerable<TheoryDataRow<string>> Steps =>
        ParitySet.With("manifest.json", "init.safetensors", Inputs, Expected);
    public static IEnumerable<TheoryDataRow<string>> Ends =>
        ParitySet.With("manifest.json", "init.safetensors", Inputs, Final);
    public static IEnumerable<TheoryDataRow<string>> Samplers =>
        ParitySet.With("manifest.json", Final, "sampler.safetensors");
    public static IEnumerable<TheoryDataRow<string>> FullWidths =>
        ParitySet.With("full_width_manifest.json", "full_width_expected.safetensors");
    public static IEnumerable<TheoryDataRow<string>> LossSets => ParitySet.With("losses.json", "losses.safetensors");

    [Theory, MemberData(nameof(Steps))]
    public void Official_InFloat64_EqualsReferenceStepByStep(string folder)
    {
        using var set = ParitySet.Open(folder);
        using var trainer = Trainer(set, Released(set), ScalarType.Float64);
        var steps = set.Json("manifest.json").GetProperty("steps_f64");
        var checksums = set.Json("manifest.json").GetProperty("checksums_f64_after_each_iteration").GetProperty("its");
        var iterations = Iterations(set);
        Assert.True(iterations > 0);
        for (var it = 0; it < iterations; it++)
        {
            Iterate(set, trainer, it, ScalarType.Float64,
                beforeVaeStep: v => ForwardEqualsReference(set, trainer, it, v),
                afterVaeStep: (v, losses) =>
                {
                    VaeLossesEqual(steps[it].GetProperty("vae")[v], losses, 1e-8);
                    GradientsEqual(set, $"grad.it{it}.v{v}.", trainer);
                },
                afterDStep: (k, losses) =>
                {
                    Near.Relative(
                        steps[it].GetProperty("d").GetProperty("total").GetDouble(), losses.item<double>(), 1e-8,
                        $"D's loss {it}");
                    GradientsEqual(set, $"grad.it{it}.d{k}.", trainer);
                });
            ChecksumsEqual(checksums[it], trainer, 1e-8);
        }
    }

    [Theory, MemberData(nameof(Ends))]
    public void Official_InFloat64_EndsWithReferenceWeights(string folder)
    {
        using var set = ParitySet.Open(folder);
        using var trainer = Trainer(set, Released(set), ScalarType.Float64);
        for (var it = 0; it < Iterations(set); it++) Iterate(set, trainer, it, ScalarType.Float64);

        const string skipped = "final_decoder_skipped_in_d_step_f64.safetensors";      // D's step encodes μ only
        foreach (var (name, actual) in Weights(trainer))
            Near.Relative(set.Has(skipped, name) ? set[skipped, name] : set[Final, name], actual, 1e-8, name);
    }

    [Theory, MemberData(nameof(Ends))]
    public void Official_InFloat32_StaysWithinRounding(string folder)
    {
        using var set = ParitySet.Open(folder);
        using var trainer = Trainer(set, Released(set), ScalarType.Float32);
        var steps = set.Json("manifest.json").GetProperty("steps_f64");
        for (var it = 0; it < Iterations(set); it++)
        {
            Iterate(set, trainer, it, ScalarType.Float32, afterVaeStep: (v, losses) =>
            {
                if (it < 4) VaeLossesEqual(steps[it].GetProperty("vae")[v], losses, 1e-4);
            });
        }
        const string skipped = "final_decoder_skipped_in_d_step_f64.safetensors";
        foreach (
            var (name, actual) in Weights(trainer)
            .Where(w => !w.Name.Contains("running_var", StringComparison.Ordinal)))
            Near.Absolute(set.Has(skipped, name) ? set[skipped, name] : set[Final, name], actual, 2e-3, name);
    }

    [Theory, MemberData(nameof(Ends))]
    public void SummedElbo_InFloat64_EqualsReferenceWithCorrectedLoss(string folder)
    {
        using var set = ParitySet.Open(folder);
        using var trainer = Trainer(set, Released(set) with { Scale = ElboScale.Summed }, ScalarType.Float64);
        var corrected = set.Json("manifest.json").GetProperty("corrected_loss");
        for (var it = 0; it < Iterations(set); it++)
        {
            Iterate(set, trainer, it, ScalarType.Float64,
                afterVaeStep: (v, losses) => Near.Relative(
                    corrected.GetProperty("steps_f64")[it].GetProperty("vae")[v].GetProperty("total").GetDouble(),
                        losses[5].item<double>(), 1e-8),
                afterDStep: (k, losses) => Near.Relative(
                    corrected.GetProperty("steps_f64")[it].GetProperty("d").GetProperty("total").GetDouble(),
                        losses.item<double>(), 1e-8));
        }
        ChecksumsEqual(corrected.GetProperty("final_checksums_f64"), trainer, 1e-8);
    }

    [Theory, MemberData(nameof(Samplers))]
    public void Ranking_InBothModes_EqualsReferenceSampler(string folder)
    {
        using var set = ParitySet.Open(folder);
        const string file = "sampler.safetensors";
        var sampler = set.Json("manifest.json").GetProperty("sampler");
        var (batch, budget) = (sampler.GetProperty("batch_size").GetInt32(), sampler.GetProperty("budget").GetInt32());
        var (pool, order) = (set[file, "pool_u8"], set[file, "order"].data<long>().ToArray());
        var flips = set[file, "flip_by_position"];
        using var trainer = Trainer(set, Released(set), ScalarType.Float64);
        Load(trainer, set.Tensors(Final));
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, Released(set), [], [], CPU);

        var names = set[file, "ids"].data<long>().ToArray();
        var eval = ByImage(order, order.Chunk(batch).Select(ids =>
        {
            using var mode = trainer.Vae.Evaluating();
            return -trainer.D.call(trainer.Vae.Mean(Pixels(pool, ids))).squeeze(1);
        }));
        Near.Relative(set[file, "eval.scores_f64_by_position"], eval, 1e-8, "eval scores");
        Assert.Equal(set[file, "eval.topb_ids"].data<long>().ToArray(), Top(names, eval, budget));

        var official = ByImage(order, order.Chunk(batch).Select(ids =>
        {
            var x = Pixels(pool, ids);
            var flip = flips.index_select(0, tensor(ids)).to(ScalarType.Bool).view(-1, 1, 1, 1);
            return networks.ScoreInTrainMode(where(flip, x.flip(3), x));
        }));
        Near.Relative(set[file, "official.scores_f64_by_position"], official, 1e-8, "official scores");
        Assert.Equal(set[file, "official.topb_ids"].data<long>().ToArray(), Top(names, official, budget));
        foreach (
            var (name, expected) in set.Tensors(file)
            .Where(t => t.Key.StartsWith("official.after.", StringComparison.Ordinal)))
            Near.Relative(expected, trainer.Vae.state_dict()[name["official.after.".Length..]], 1e-8, name);
    }

    [Theory, MemberData(nameof(Samplers))]
    public void Ranking_InFloat32ThroughScoringPath_ChoosesReferenceImages(string folder)
    {
        using var set = ParitySet.Open(folder);
        const string file = "sampler.safetensors";
        var budget = set.Json("manifest.json").GetProperty("sampler").GetProperty("budget").GetInt32();
        var pool = set[file, "pool_u8"];
        using var images =
            new ImageSet(PixelStore.Copy(pool.bytes), (int)pool.shape[1], (int)pool.shape[2], (int)pool.shape[3]);
        using var trainer = Trainer(set, Released(set), ScalarType.Float32);
        Load(trainer, set.Tensors(Final));
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, VaalOptions.Balanced, [], [], CPU);
        int[] ids = [.. Enumerable.Range(0, images.Count)];

        var scores = networks.Score(images, ids, seed: 1);
        var expected = set[file, "eval.scores_f64_by_position"].data<double>().ToArray();
        for (var i = 0; i < ids.Length; i++)
            Near.Relative(expected[i], 1 / (1 + Math.Exp(scores[i])), 2e-4, $"score of image {i}");
        var names = set[file, "ids"].data<long>().ToArray();
        var chosen = TopB.Highest(ids, scores, budget).Ids.Select(id => names[id]);
        Assert.Equal(set[file, "eval.topb_ids"].data<long>().ToArray().Order(), chosen.Order());
    }

    [Theory, MemberData(nameof(FullWidths))]
    public void FullWidthNetwork_InFloat64_EqualsReference(string folder)
    {
        using var set = ParitySet.Open(folder);
        var manifest = set.Json("full_width_manifest.json");
        var hash = new HashedTensors(manifest.GetProperty("rng").GetProperty("seed").GetUInt64());
        var check = manifest.GetProperty("rng").GetProperty("check");
        Assert.Equal(
            [.. check.GetProperty("first3_u").EnumerateArray()
                .Select(u => double.Parse(u.GetString()!, System.Globalization.CultureInfo.InvariantCulture))],
            hash.Uniforms(check.GetProperty("name").GetString()!).Take(3));
        var inputs = manifest.GetProperty("inputs");
        Tensor Input(string name) => hash.Make(name, Shape(inputs.GetProperty(name)),
            inputs.GetProperty("scale").GetProperty(name.Split('.')[0]).GetDouble(), 0).to(ScalarType.Float64);
        var weights = manifest.GetProperty("weights").EnumerateObject()
            .ToDictionary(w => w.Name, w => hash.Make(w.Name, Shape(w.Value.GetProperty("shape")),
            w.Value.GetProperty("scale").GetDouble(), w.Value.GetProperty("offset").GetDouble()));
        var (xL, xU, eL, eU) = (Input("input.lab"), Input("input.unl"), Input("eps.lab"), Input("eps.unl"));
        using var trainer = Trainer(
            VaalOptions.Official with
            {
                LatentDim = (int)eL.shape[1],
                Width = (int)weights["vae.encoder.0.weight"].shape[0]
            },
            xL, ScalarType.Float64);
        Load(trainer, weights);

        const string file = "full_width_expected.safetensors";
        var expected = manifest.GetProperty("expected_f64");
        using (trainer.Vae.Evaluating())
        using (no_grad())
        {
            var y = trainer.Vae.call(xL, eL);
            Near.Relative(set[file, "eval_before.mu"], y.Mu, 1e-8, "μ");
            Near.Relative(set[file, "eval_before.logvar"], y.LogVar, 1e-8, "log σ²");
            Near.Relative(set[file, "eval_before.recon"], y.Recon, 1e-6, "reconstruction");
            Near.Relative(set[file, "eval_before.dpred"], trainer.D.call(y.Mu).sigmoid(), 1e-8, "D");
            Near.Relative(expected.GetProperty("eval_before").GetProperty("mse").GetDouble(),
                VaalObjective.Reconstruction(xL, y, ElboScale.Released).item<double>(), 1e-8, "mse");
        }
        VaeLossesEqual(expected.GetProperty("vae_step"), trainer.StepVae(xL, xU, eL, eU), 1e-8);
        foreach (
            var gradient in expected.GetProperty("grad_chk").EnumerateObject()
            .Where(g => g.Name.StartsWith("vae.", StringComparison.Ordinal)))
            ChecksumEqual(
                gradient.Value, Parameters(trainer)[gradient.Name].grad!, 1e-8, "gradient of " + gradient.Name);
        ChecksumsEqual(expected.GetProperty("after_chk"), trainer, 1e-8);
    }

    [Theory, MemberData(nameof(LossSets))]
    public void Losses_OnSmallTensors_EqualReference(string folder)
    {
        using var set = ParitySet.Open(folder);
        const string file = "losses.safetensors";
        var expected = set.Json("losses.json");
        double Value(string name) => expected.GetProperty(name).GetDouble();
        var (x, y) = (set[file, "x"], new VaeOutput(set[file, "recon"], set[file, "mu"], set[file, "logvar"]));

        Near.Relative(Value("mse_mean"), VaalObjective.Reconstruction(x, y, ElboScale.Released).item<double>(), 1e-12);
        Near.Relative(
            Value("mse_sum_mean_batch"), VaalObjective.Reconstruction(x, y, ElboScale.Summed).item<double>(), 1e-12);
        Near.Relative(Value("kld_batchsum"), VaalObjective.Divergence(y, ElboScale.Released).item<double>(), 1e-12);
        Near.Relative(Value("kld_mean"), VaalObjective.Divergence(y, ElboScale.Summed).item<double>(), 1e-12);
        Near.Relative(
            Value("bce_target1"), VaalObjective.BceOfProbability(set[file, "p"], labelled: true).item<double>(), 1e-12);
        Near.Relative(
            Value("bce_target0"), VaalObjective.BceOfProbability(set[file, "p"], labelled: false)
            .item<double>(), 1e-12);
    }

    // ---- replaying the reference's run ----

    private static VaalOptions Released(ParitySet set)
    {
        var manifest = set.Json("manifest.json");
        var (arch, hyper, optim) =
            (manifest.GetProperty("arch"), manifest.GetProperty("hyper"), manifest.GetProperty("optim"));
        return VaalOptions.Official with
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
