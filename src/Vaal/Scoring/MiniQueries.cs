using TorchSharp;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// VAAL's batch in slices. After each slice its images count as labelled, and D is fitted from the start on μ of all
/// images, by steps 5 and 6 of Algorithm 1. The VAE stays as it is. So the batch does not take the same kind of image
/// again and again: D has learned that it is covered.
/// </summary>
/// <param name="options">how D is fitted, how many slices there are, and how a slice is drawn</param>
/// <param name="seed">of weights, batches and draws</param>
internal sealed class MiniQueries(VaalOptions options, long seed, Device device)
{
    /// <summary>Whether a batch is anything else than the images with the lowest D.</summary>
    public static bool AskedFor(VaalOptions options) =>
        options.MiniQueries > 1 || options.BatchDraw != BatchDraw.Lowest;

    /// <param name="ids">unlabelled images</param>
    /// <param name="scores">of each by the D of Algorithm 1: minus its logit</param>
    /// <param name="mu">of the unlabelled images, then of the labelled ones, (N, Z), on the CPU; asked for where there
    /// is more than one slice</param>
    public Selection Choose(int[] ids, float[] scores, int budget, Func<Tensor> mu, Action<TrainEvent>? report,
        CancellationToken cancel)
    {
        budget = Math.Min(budget, ids.Length);
        var slices = Math.Min(options.MiniQueries, budget);
        var (first, kept) = (Slice([.. Enumerable.Range(0, ids.Length)], scores, budget, slices, 0), scores);
        if (slices == 1) return Of(ids, first.Ids, first.Scores);
        using var all = mu();
        var (picks, found) = (first.Ids.ToList(), first.Scores.ToList());
        var taken = picks.ToHashSet();
        for (var slice = 1; slice < slices; slice++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] left = [.. Enumerable.Range(0, ids.Length).Where(i => !taken.Contains(i))];
            int[] labelled = [.. picks, .. Enumerable.Range(ids.Length, (int)all.shape[0] - ids.Length)];
            using var d = Fit(all, labelled, left, slice, report, slices, cancel);
            var next = Slice(left, Score(d, all, left), budget, slices, slice);
            picks.AddRange(next.Ids);
            found.AddRange(next.Scores);
            taken.UnionWith(next.Ids);
        }
        return Of(ids, picks, found);
    }

    private static Selection Of(int[] ids, IReadOnlyList<int> rows, IReadOnlyList<float> scores) =>
        new([.. rows.Select(i => ids[i])], scores);

    /// <summary>How many images a slice has: a batch is cut as evenly as it goes.</summary>
    /// <param name="slice">0, 1, …</param>
    public static int SizeOf(int budget, int slices, int slice) =>
        (int)((long)budget * (slice + 1) / slices - (long)budget * slice / slices);

    private Selection Slice(int[] rows, float[] scores, int budget, int slices, int slice)
    {
        var count = SizeOf(budget, slices, slice);
        return options.BatchDraw == BatchDraw.Odds
            ? OddsDraw.Draw(rows, scores, count, Seeds.Derive(seed, "draw", slice))
            : TopB.Highest(rows, scores, count);
    }

    private Discriminator Fit(Tensor mu, int[] labelled, int[] left, int slice, Action<TrainEvent>? report, int slices,
        CancellationToken cancel)
    {
        var own = Seeds.Derive(seed, "mini-query", slice);
        using var random = new Generator((ulong)own);
        var d = new Discriminator(options.LatentDim).Initialised(random).to(device);
        using var optimizer = new Adam(d.named_parameters());
        var (ofLabelled, ofLeft) = (new BatchSampler(labelled, options.BatchSize, dropLast: true, own, "labelled"),
            new BatchSampler(left, options.BatchSize, dropLast: false, own, "unlabelled"));
        var steps = options.IterationsFor(labelled.Length + left.Length) * options.DiscriminatorSteps;
        for (var k = 0; k < steps; k++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (muL, muU) = (Rows(mu, ofLabelled[k]), Rows(mu, ofLeft[k]));                 // (B, Z), (B', Z)
            optimizer.ZeroGrad();
            VaalObjective.Discrimination(d.call(muL), d.call(muU), options.Scale).backward();  // 9. L_D, Eq. 4
            optimizer.Step(options.DiscriminatorLearningRate);                               // 6.
        }
        report?.Invoke(new("choosing in slices", slice + 1, slices));
        return d;
    }

    private float[] Score(Discriminator d, Tensor mu, int[] rows)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        return (-d.call(Rows(mu, rows)).squeeze(1)).cpu().data<float>().ToArray();
    }

    private Tensor Rows(Tensor mu, ReadOnlySpan<int> rows)
    {
        var numbers = new long[rows.Length];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = rows[i];
        return mu.index_select(0, tensor(numbers)).to(device);
    }
}
