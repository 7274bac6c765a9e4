using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Our networks, losses, steps and rankings against the authors' code, number by number.</summary>
[Trait("Category", "Slow")]
public sealed partial class ParityTests
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
        Assert.InRange(OffTheWay(set, trainer), 0, 0.1);
    }

    // How far D lies from where the reference came to, as a share of the way from its first weights. A few steps of
    // Adam move no weight by 2e-3, whatever they are.
    private static double OffTheWay(ParitySet set, VaalTrainer trainer)
    {
        using var scope = NewDisposeScope();
        var (off, way) = (0.0, 0.0);
        foreach (
            var (name, actual) in Weights(trainer)
            .Where(w => w.Name.StartsWith("disc.", StringComparison.Ordinal)))
        {
            var end = set[Final, name].to(ScalarType.Float64);
            off += (actual.detach().to(ScalarType.Float64) - end).square().sum().item<double>();
            way += (set["init.safetensors", name].to(ScalarType.Float64) - end).square().sum().item<double>();
        }
        Assert.True(way > 0);
        return Math.Sqrt(off / way);
    }

    [Theory, MemberData(nameof(Ends))]
    public void SummedElbo_InFloat64_EqualsReferenceWithCorrectedLoss(string folder)
    {
        using var set = ParitySet.Open(folder);
        using var trainer = Trainer(set, new(Released(set)) { Scale = ElboScale.Summed }, ScalarType.Float64);
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
            hash.Uniforms(check.GetProperty("name").GetString()!, 3));
        var inputs = manifest.GetProperty("inputs");
        Tensor Input(string name) => hash.Make(name, Shape(inputs.GetProperty(name)),
            inputs.GetProperty("scale").GetProperty(name.Split('.')[0]).GetDouble(), 0).to(ScalarType.Float64);
        var weights = manifest.GetProperty("weights").EnumerateObject()
            .ToDictionary(w => w.Name, w => hash.Make(w.Name, Shape(w.Value.GetProperty("shape")),
            w.Value.GetProperty("scale").GetDouble(), w.Value.GetProperty("offset").GetDouble()));
        var (xL, xU, eL, eU) = (Input("input.lab"), Input("input.unl"), Input("eps.lab"), Input("eps.unl"));
        using var trainer = Trainer(
            new(VaalOptions.Official)
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
}
