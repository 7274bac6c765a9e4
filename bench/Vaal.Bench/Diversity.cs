using System.Diagnostics;
using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Bench;

/// <summary>
/// Times batches of distant points: ours against plain loops that look at every point after every choice, by a
/// matrix-vector product. The features are made up: a hundred classes after a ReLU, or (--noise) independent numbers,
/// so that all points are about equally far from each other.
/// </summary>
internal static class Diversity
{
    private const string Usage = "[N] [D] [B] [LABELLED] [--noise] [--check]";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>core-set [N] [D] [B] [LABELLED] [--noise] [--check]: with --check, all choices are compared with those
    /// of the plain loop by differences in float64.</summary>
    public static int CoreSet(string[] args)
    {
        var (n, d, b, labelled) = Sizes(args);
        using var all = Features(n + labelled, d, args.Contains("--noise"));
        using var ours = all.narrow(0, 0, n);
        using var covered = all.narrow(0, n, labelled);
        int[] order = [];
        var mine = Median(() => order = KCenter.Greedy(ours, b, covered).Order);
        var memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e9;
        var product = Seconds(() => Plain(ours, covered, b, Product));
        Say(string.Create(
            Invariant, $"core-set, {n:N0} of {d}, {labelled:N0} labelled, {b:N0} chosen: ours {mine:0.00} s, "
            + $"at most {memory:0.00} GB in all; plain {product:0.0} s, ratio {product / mine:0.0}"));
        if (!args.Contains("--check")) return 0;
        using var doubles = all.to(ScalarType.Float64);
        using var these = doubles.narrow(0, 0, n);
        using var those = doubles.narrow(0, n, labelled);
        var same = Plain(these, those, b, Differences).Zip(order).Count(p => p.First == p.Second);
        Say(string.Create(Invariant, $"{same:N0} of {b:N0} choices are those of the plain loop in float64"));
        return same == b ? 0 : 1;
    }

    /// <summary>badge [N] [D] [B] [K] [--noise]: D features, K classes</summary>
    public static int Badge(string[] args)
    {
        var (n, d, b, k) = Sizes(args);
        if (k == 0) k = 10;
        using var h = Features(n, d, args.Contains("--noise"));
        using var a = Residuals(h, k);
        int[] order = [];
        var mine = Median(() => order = KCenter.PlusPlus(a, h, b, seed: 1));
        var memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1e9;
        int[] plainly = [];
        var plain = Seconds(() => plainly = PlainBadge(a, h, b));
        var same = plainly.Zip(order).Count(p => p.First == p.Second);
        Say(string.Create(
            Invariant, $"badge, {n:N0} of {d}, {k} classes, {b:N0} chosen: ours {mine:0.00} s, "
            + $"at most {memory:0.00} GB in all; plain by matrix-vector products in float64 {plain:0.0} s, "
            + $"ratio {plain / mine:0.0}; {same:N0} choices are the same"));
        return 0;
    }

    private static (int N, int D, int B, int Fourth) Sizes(string[] args)
    {
        string[] numbers = [.. args.TakeWhile(a => !a.StartsWith('-'))];
        if (args.Except(["--noise", "--check", .. numbers]).Any())
            throw new InputException($"expected {Usage}, found {string.Join(' ', args)}");
        return (numbers.Number(0, 45_000), numbers.Number(1, 512), numbers.Number(2, 2_500), numbers.Number(3, 0));
    }

    private static Tensor Features(int n, int d, bool noise)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var x = randn([n, d], generator: random);
        if (noise) return x.MoveToOuterDisposeScope();
        var centres = randn([100, d], generator: random);
        x = x.mul_(0.5).add_(centres.index_select(0, randint(100, [n], generator: random))).relu_();
        return x.MoveToOuterDisposeScope();
    }

    // of a linear layer at random, as BADGE would have them
    private static Tensor Residuals(Tensor h, int k)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var p = h.mm(randn([h.shape[1], k], generator: random).mul_(0.2)).to(ScalarType.Float64).softmax(1);
        return (p - nn.functional.one_hot(p.argmax(1), k)).MoveToOuterDisposeScope();
    }

    private static int[] Plain(Tensor x, Tensor covered, int budget, Func<Tensor, Tensor, Tensor, Tensor> distances)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var norms = x.square().sum([1]);
        var nearest = full(x.shape[0], double.PositiveInfinity, x.dtype);
        foreach (var part in covered.split(256)) CoverAll(part);
        var order = new int[budget];
        for (var k = 0; k < budget; k++)
        {
            order[k] = (int)nearest.argmax().item<long>();
            Look(x[order[k]]);
            nearest[order[k]].fill_(-1);
        }
        return order;

        void CoverAll(Tensor part)
        {
            using var step = NewDisposeScope();
            if (part.shape[0] == 0) return;
            nearest.copy_(minimum(nearest, (part.square().sum([1]) - 2 * x.mm(part.t())).amin(1) + norms));
        }

        void Look(Tensor point)
        {
            using var step = NewDisposeScope();
            nearest.copy_(minimum(nearest, distances(x, norms, point)));
        }
    }

    private static Tensor Product(Tensor x, Tensor norms, Tensor point) =>
        norms + point.square().sum() - 2 * x.mv(point);

    private static Tensor Differences(Tensor x, Tensor norms, Tensor point) =>
        cat([.. x.split(4_096).Select(part =>
        {
            using var scope = NewDisposeScope();
            return part.sub(point).pow_(2).sum([1]).MoveToOuterDisposeScope();
        })]);

    private static int[] PlainBadge(Tensor a, Tensor features, int budget)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var random = new Random(1);
        var h = features.to(ScalarType.Float64);
        var norms = a.square().sum([1]) * h.square().sum([1]);
        var nearest = full_like(norms, double.PositiveInfinity);
        var order = new int[budget];
        for (var k = 0; k < budget; k++)
        {
            using var step = NewDisposeScope();
            var sums = nearest.cumsum(0);
            var next = k == 0
                ? norms.argmax()
                : sums.gt(random.NextDouble() * sums[-1].item<double>()).to(ScalarType.Byte).argmax();
            var i = order[k] = (int)next.item<long>();
            nearest.copy_(minimum(nearest, (norms + norms[i] - 2 * a.mv(a[i]) * h.mv(h[i])).clamp_(min: 0)));
            nearest[i].fill_(0);
        }
        return order;
    }

    /// <summary>Seconds, the median of three; one run before them warms up.</summary>
    private static double Median(Action action) =>
        Enumerable.Range(0, 4).Select(_ => Seconds(action)).Skip(1).Order().ElementAt(1);

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private static void Say(string text) => Console.WriteLine(text);
}
