using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Heads;

/// <summary>
/// A head with one hidden layer on features: linear, ReLU, linear, trained by AdamW (Loshchilov and Hutter 2019) on the
/// CPU. For classes that a line does not part; with few labels <see cref="LinearHead"/> is the safer choice. The same
/// rows and seed give the same head.
/// </summary>
internal sealed class MlpHead : IDisposable
{
    private readonly TorchSharp.Modules.Sequential _net;
    private readonly float _scale;

    private MlpHead(TorchSharp.Modules.Sequential net, int classes, int width, bool several) =>
        (_net, Classes, Width, MultiLabel, _scale) = (net, classes, width, several, MathF.Sqrt(width));

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>F.</summary>
    public int Width { get; }

    /// <summary>Whether each class has a sigmoid of its own.</summary>
    public bool MultiLabel { get; }

    /// <param name="rows">of length 1, or about that</param>
    /// <param name="seed">of the first weights and of the order of the rows</param>
    public static MlpHead Fit(HeadRows rows, MlpHeadOptions? options = null, long seed = 1, CancellationToken cancel =
        default)
    {
        options ??= new();
        using var scope = NewDisposeScope();
        var net = nn.Sequential(nn.Linear(rows.Width, options.Hidden), nn.ReLU(),
            nn.Linear(options.Hidden, rows.Classes));
        using (var weights = new Generator((ulong)Seeds.Derive(seed, "mlp weights", 0))) Initialise.Kaiming(net,
            weights);
        var head = new MlpHead(net, rows.Classes, rows.Width, options.MultiLabel);
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        var x = tensor(rows.Rows(all), [rows.Count, rows.Width]) * head._scale;                    // (N, F)
        var y = tensor(Array.ConvertAll(rows.Targets, t => (float)t), [rows.Count, rows.Classes]);  // (N, K)
        var v = tensor(Array.ConvertAll(rows.Weights, w => (float)w));                             // (N)
        using var optimiser = optim.AdamW(net.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        var order = new Queue<long>();
        for (var step = 0; step < options.Iterations; step++)
        {
            cancel.ThrowIfCancellationRequested();
            using var each = NewDisposeScope();
            var batch = tensor(Next(order, rows.Count, Math.Min(options.BatchSize, rows.Count),
                Seeds.Derive(seed, "mlp order", step)));
            var rate = options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / options.Iterations));
            foreach (var group in optimiser.ParamGroups) group.LearningRate = rate;
            var (logits, target) = (net.call(x.index_select(0, batch)), y.index_select(0, batch));
            var losses = options.MultiLabel
                ? nn.functional.binary_cross_entropy_with_logits(logits, target, reduction: nn.Reduction.None).sum(1)
                : -(target * logits.log_softmax(1)).sum(1);                                        // (B)
            optimiser.zero_grad();
            (losses * v.index_select(0, batch)).mean().backward();
            optimiser.step();
        }
        net.eval();
        return head;
    }

    /// <summary>Logits of each row by a head fitted on the other folds, (N, K), as of a
    /// <see cref="LinearHead"/>.</summary>
    /// <param name="seed">of the folds and the heads</param>
    /// <returns>−∞ for a class that the other folds lack, +∞ for one that all of several have</returns>
    public static double[] CrossFitted(
        HeadRows rows, MlpHeadOptions options, long seed, CancellationToken cancel = default) =>
        LinearHead.CrossFitted(rows, seed, (kept, held) =>
        {
            using var head = Fit(kept, options, seed, cancel);
            var (logits, constant) = (head.Logits(held), LinearHead.Constants(kept, options.MultiLabel));
            for (var i = 0; i < logits.Length; i++)
                if (constant[i % kept.Classes] is var sure && !double.IsNaN(sure)) logits[i] = sure;
            return logits;
        });

    /// <summary>Logits of rows, (n, K).</summary>
    /// <param name="x">(n, F)</param>
    public double[] Logits(ReadOnlyMemory<float> x)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var rows = tensor(x.ToArray(), [x.Length / Width, Width]) * _scale;
        return _net.call(rows).to(ScalarType.Float64).data<double>().ToArray();
    }

    /// <summary>Probabilities of rows, (n, K), in [0, 1].</summary>
    /// <param name="x">(n, F)</param>
    public double[] Probabilities(ReadOnlyMemory<float> x)
    {
        var p = Logits(x);
        if (MultiLabel) return Array.ConvertAll(p, z => 1 / (1 + Math.Exp(-z)));
        for (var i = 0; i < p.Length; i += Classes) CrossEntropy.Softmax(p.AsSpan(i, Classes));
        return p;
    }

    /// <summary>The hidden layer and the last one, as numbers of their own: (K, H) and (K).</summary>
    public (HiddenLayer Hidden, double[] Weights, double[] Biases) Coefficients()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        double[] Numbers(string name) => [.. _net.state_dict()[name].to(ScalarType.Float64).data<double>()];
        // rows come in length 1, and the net takes them longer
        return (new([.. Numbers("0.weight").Select(w => w * _scale)], Numbers("0.bias")), Numbers("2.weight"),
            Numbers("2.bias"));
    }

    public void Dispose() => _net.Dispose();

    // every row once before any comes again
    private static long[] Next(Queue<long> order, int count, int batch, long seed)
    {
        if (order.Count < batch)
        {
            long[] rows = [.. Enumerable.Range(0, count)];
            new Random((int)seed).Shuffle(rows);
            foreach (var row in rows) order.Enqueue(row);
        }
        return [.. Enumerable.Range(0, batch).Select(_ => order.Dequeue())];
    }
}
