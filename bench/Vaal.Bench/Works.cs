using System.Globalization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>
/// Does VAAL find what the labelled pool lacks? The labelled images lack two classes, so that there is something to
/// find; of the images chosen, how many are of those classes? Or, with nothing missing, there is nothing to find.
/// </summary>
internal static class Works
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private static readonly Dictionary<string, VaalOptions> Variants = new()
    {
        ["balanced"] = VaalOptions.Balanced,
        ["bf16"] = new(VaalOptions.Balanced) { Precision = Precision.Bf16 },
        ["official"] = new(VaalOptions.Official) { HoldOut = VaalOptions.Balanced.HoldOut },
        ["beta 0.5"] = new(VaalOptions.Balanced) { Beta = 0.5 },
        ["beta 2"] = new(VaalOptions.Balanced) { Beta = 2 },
        ["beta 4"] = new(VaalOptions.Balanced) { Beta = 4 },
        ["D train-mode"] = new(VaalOptions.Balanced) { DiscriminatorInput = DiscriminatorInput.Train },
        ["2 VAE steps"] = new(VaalOptions.Balanced) { VaeSteps = 2 },
        ["2 D steps"] = new(VaalOptions.Balanced) { DiscriminatorSteps = 2 },
        ["separate forward"] = new(VaalOptions.Balanced) { JointForward = false },
        ["VAE lr 1e-3"] = new(VaalOptions.Balanced) { VaeLearningRate = 1e-3 },
        ["VAE lr 2e-3"] = new(VaalOptions.Balanced) { VaeLearningRate = 2e-3 },
        ["D lr 1e-4"] = new(VaalOptions.Balanced) { DiscriminatorLearningRate = 1e-4 },
        ["z 64"] = new(VaalOptions.Balanced) { LatentDim = 64 },
        ["z 16"] = new(VaalOptions.Balanced) { LatentDim = 16 },
        ["300 iterations"] = new(VaalOptions.Balanced) { Iterations = 300 },
        ["1200 iterations"] = new(VaalOptions.Balanced) { Iterations = 1_200 },
        ["batch 128"] = new(VaalOptions.Balanced) { BatchSize = 128 },
    };

    /// <summary>works DATA LABELLED BUDGET SEEDS MISSING VARIANT[,VARIANT…] [--width W] [--iterations I] [--batch B]
    /// [--first SEED] [--images N] [--accuracy]</summary>
    public static int Run(string[] args)
    {
        if (args.Length < 6)
        {
            Console.Error.WriteLine(
                "works DATA LABELLED BUDGET SEEDS MISSING VARIANT[,…] [--width W] [--iterations I] [--batch B] "
                + "[--first SEED] [--images N] [--accuracy]; "
                + $"variants: lambda NUMBER, {string.Join(", ", Variants.Keys)}");
            return 1;
        }
        var (labelled, budget, seeds, missing) = (args.Number(1), args.Number(2), args.Number(3), args.Number(4));
        var first = args.NumberOption("--first") ?? 1;
        using var all = DataFormats.Load(args[0], new LoadOptions { Size = 32 });
        using var data = args.NumberOption("--images") is { } images ? all.WithImages(images, seed: 1) : all;
        var accuracy = args.Contains("--accuracy");
        Console.WriteLine(
            "| variant | seed | missing classes | D's AUC held out | active units | KL | recon MSE | mean-image MSE "
            + "| missing in top-b | base rate | enrichment | seconds |"
            + (accuracy ? " accuracy with the picks, % |" : ""));
        Console.WriteLine($"|---|---|---|---|---|---|---|---|---|---|---|---|{(accuracy ? "---|" : "")}");
        foreach (var variant in args[5].Split(',')) // one row a seed; the rows before stand whatever happens next
        {
            for (var seed = first; seed < first + seeds; seed++)
            {
                var options = Of(variant);
                options = new(options)
                {
                    Width = args.NumberOption("--width") ?? options.Width,
                    Iterations = args.NumberOption("--iterations") ?? options.Iterations,
                    BatchSize = args.NumberOption("--batch") ?? options.BatchSize,
                };
                Console.WriteLine(Row(variant, seed, data, labelled, budget, missing, options, accuracy));
            }
        }
        return 0;
    }

    /// <summary>The options of a variant; <c>lambda NUMBER</c> is balanced with that λ2.</summary>
    private static VaalOptions Of(string variant) =>
        variant.StartsWith("lambda ", StringComparison.Ordinal)
            ? new VaalOptions(VaalOptions.Balanced) { Lambda2 = double.Parse(variant["lambda ".Length..], Invariant) }
            : Variants.GetValueOrDefault(variant) ?? throw new InputException(
                $"expected a variant, found '{variant}'; they are lambda NUMBER, {string.Join(", ", Variants.Keys)}");

    private static string Row(
        string variant, int seed, DataSet data, int labelled, int budget, int missing,
        VaalOptions options, bool accuracy)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        int[] classes = [.. Enumerable.Range(0, data.ClassNames.Count)];
        new Random((int)Seeds.Derive(seed, "missing classes", 0)).Shuffle(classes);
        int[] lacking = [.. classes[..missing].Order()];
        var pool = new Pool(data.Pool);
        foreach (var id in InitialPool.Draw(data.Pool, labelled, InitialDraw.Uniform, seed, lacking))
            pool.Label(id, data.Pool.Classes[id]);
        var folder = options.Width == HalfWidth.Width ? Directory.CreateTempSubdirectory("vaal-half-width") : null;
        if (folder is not null)
        {
            options = new(options) { Width = 2 * HalfWidth.Width };
            HalfWidth.Begin(folder.FullName, options, pool, seed);
        }
        using var networks = new Networks(pool, options, seed: seed) { Checkpoints = folder?.FullName };
        var picks = QueryStrategies.Create("vaal")
            .Select(new Query { Pool = pool, Budget = budget, Seed = seed, Networks = networks }).Ids;
        if (folder is not null)
        {
            HalfWidth.Check(networks.Vaal.Vae);
            folder.Delete(recursive: true);
        }
        var health = HealthCheck.Measure(networks.Vaal, data.Pool, seed);
        double Share(IEnumerable<int> ids) => ids.Average(id => lacking.Contains(data.Pool.Classes[id]) ? 1.0 : 0);
        var (found, rate) = (Share(picks), Share(pool.Unlabelled));
        var row = string.Create(
            Invariant,
            $"| {variant} | {seed} | {string.Join(' ', lacking)} | {health.HeldOutAuc:0.000} | {health.ActiveUnits} " +
            $"| {health.Kl:0.00} | {health.ReconstructionMse:0.0000} | {health.MeanImageMse:0.0000} | {found:0.000} " +
            $"| {rate:0.000} | {found / rate:0.00} | {clock.Elapsed.TotalSeconds:0} |");
        if (!accuracy) return row;
        foreach (var id in picks) pool.Label(id, data.Pool.Classes[id]);
        using var after = new Networks(pool, classes: data.ClassNames.Count, seed: seed);
        return string.Create(Invariant, $"{row} {100 * TaskTrainer.Accuracy(after.Task, data.Test!):0.00} |");
    }
}
