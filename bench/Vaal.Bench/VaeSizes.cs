using System.Diagnostics;
using System.Globalization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>
/// Does the VAE with its discriminator train to the end on images of 64, 128 and 256 pixels? Users of the released code
/// report NaN and a KL that explodes at 256, and shape errors at 224. Half of the pool counts as labelled. A line a
/// run: what the losses were at first, at most and at last.
/// </summary>
internal static class VaeSizes
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static int Run(string[] args)
    {
        if (args.Length < 5) throw new InputException("expected DATA SEEDS ITERATIONS PRESET SIZE[,…]");
        if (!VaalOptions.ByPreset.TryGetValue(args[3], out var preset))
            throw new InputException(Unknown.Name("preset", args[3], VaalOptions.Presets));
        preset = new(preset)
        {
            Iterations = args.Number(2),
            Width = args.NumberOption("--width")
            ?? preset.Width,
            BatchSize = args.NumberOption("--batch")
            ?? preset.BatchSize,
            Precision = args.Contains("--bf16") ? Precision.Bf16 : Precision.Float32
        };
        var first = args.NumberOption("--first") ?? 1;
        Console.WriteLine(
            "size\tseed\titerations\tKL first\tmost\tlast\treconstruction first\tmost\tlast\ts\tpeak MiB so far");
        var diverged = 0;
        foreach (var size in args[4].Split(',').Select(s => int.Parse(s, Invariant)))
        {
            using var data = DataFormats.Load(args[0], new LoadOptions { Size = size });
            for (var seed = first; seed < first + args.Number(1); seed++)
                diverged += Train(new(preset) { Size = size }, data.Pool, seed) ? 0 : 1;
        }
        return diverged;
    }

    private static bool Train(VaalOptions options, ImageSet images, long seed)
    {
        var (kl, recon) = (new List<double>(), new List<double>());
        var clock = Stopwatch.StartNew();
        using var trainer = new VaalTrainer(
            options, images.Squared(options.SizeFor(images)), [.. Enumerable.Range(0, images.Count / 2)],
            [.. Enumerable.Range(images.Count / 2, images.Count - images.Count / 2)], seed);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        var words = "";
        try
        {
            trainer.Train(e =>
            {
                kl.Add(e.Values!["kl"]);
                recon.Add(e.Values!["recon"]);
            });
        }
        catch (DivergedException e)
        {
            words = $"\t{e.Message}";
        }
        Console.WriteLine(
            string.Create(
                Invariant,
                $"{options.SizeFor(images)}\t{seed}\t{trainer.Iteration}\t{Words(kl)}\t{Words(recon)}"
                + $"\t{clock.Elapsed.TotalSeconds:0}\t{Process.GetCurrentProcess().PeakWorkingSet64 >> 20}{words}"));
        return words.Length == 0;
    }

    private static string Words(List<double> values) =>
        values.Count == 0 ? "\t\t" : string.Create(Invariant, $"{values[0]:G4}\t{values.Max():G4}\t{values[^1]:G4}");
}
