using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// The task model on features: multinomial logistic regression with an L2 penalty, or a sigmoid for each class where
/// images have several labels. Fitted to the minimum in float64, so that the same labels give the same model. A class
/// without any label has probability 0.
/// </summary>
internal sealed partial class LinearHead
{
    private readonly int[] _learned; // classes that the fit tells apart, ascending
    private readonly double[] _constant; // logit of each class that it does not; NaN: it does
    private readonly double[] _parameters;
    private readonly int _paddedClasses, _paddedWidth;
    private readonly LogisticFit? _fit;

    private LinearHead(HeadRows rows, int[] learned, double[] constant, LogisticFit? fit)
    {
        (Classes, Width, _learned, _constant, _paddedWidth) =
            (rows.Classes, rows.Width, learned, constant, rows.PaddedWidth);
        (_parameters, _fit, Iterations) = (fit?.Parameters ?? [], fit, fit?.Iterations ?? 0);
        _paddedClasses = DoubleProducts.Padded(learned.Length, DoubleProducts.Tile);
    }

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>F.</summary>
    public int Width { get; }

    /// <summary>Passes that the fit took.</summary>
    public int Iterations { get; }

    /// <summary>½‖W‖² + C Σ cross-entropy at the minimum.</summary>
    public double Objective => _fit?.Objective ?? 0;

    /// <summary>Logits are divided by this before they become probabilities; 1: not calibrated.</summary>
    public double Temperature { get; init; } = 1;

    private LinearHead(LinearHead of)
    {
        (Classes, Width, _learned, _constant, _paddedWidth) =
            (of.Classes, of.Width, of._learned, of._constant, of._paddedWidth);
        (_parameters, _fit, Iterations, _paddedClasses) =
            (of._parameters, of._fit, of.Iterations, of._paddedClasses);
        (MultiLabel, Temperature) = (of.MultiLabel, of.Temperature);
    }

    /// <summary>Whether each class has a sigmoid of its own.</summary>
    public bool MultiLabel { get; private init; }

    /// <param name="warm">a head of nearly the same rows, whose weights the fit begins with; null: from 0</param>
    public static LinearHead Fit(HeadRows rows, LinearHeadOptions? options = null, LinearHead? warm = null,
        CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        options ??= new();
        double[] constant = Constants(rows, options.MultiLabel);
        int[] learned = [.. Enumerable.Range(0, rows.Classes).Where(k => double.IsNaN(constant[k]))];
        if (learned.Length < (options.MultiLabel ? 1 : 2))
            return new(rows, learned, constant, null) { MultiLabel = options.MultiLabel };
        var these = Of(rows, learned, options.Balanced ? Mass(rows) : null, options.MultiLabel);
        var start = warm is not null && warm.Width == rows.Width ? warm : null;
        var earlier = start is not null && start._learned.SequenceEqual(learned) ? start._fit : null;
        var fit = new LogisticFit(these, options.MultiLabel, options.C, earlier);
        start?.CopyTo(fit.Parameters, learned);
        var refit = options.Refitted && earlier is not null;
        fit.Run(refit ? LinearHeadOptions.RefitTolerance : options.Tolerance, options.MostIterations,
            narrow: refit && !options.Exact, cancel, report);
        if (options.Refitted) fit.Prepare();
        return new(rows, learned, constant, fit) { MultiLabel = options.MultiLabel };
    }

    /// <summary>Logits of rows, (n, K); −∞ for a class that no label names.</summary>
    /// <param name="x">(n, F)</param>
    public double[] Logits(ReadOnlyMemory<float> x)
    {
        var (n, alone) = (x.Length / Width, _parameters.Length == 0);
        var logits = new double[n * Classes];
        Blocks.InParallel(n, 512, (from, end) =>
        {
            var (rows, z) = (new float[DoubleProducts.Padded(end - from, DoubleProducts.Tile) * _paddedWidth],
                Array.Empty<double>());
            for (var i = from; i < end; i++)
                x.Span.Slice(i * Width, Width).CopyTo(rows.AsSpan((i - from) * _paddedWidth));
            if (!alone)
            {
                z = new double[rows.Length / _paddedWidth * _paddedClasses];
                DoubleProducts.Logits(rows, _parameters.AsSpan(0, _paddedClasses * _paddedWidth), _paddedWidth, z);
            }
            for (var i = from; i < end; i++)
            {
                var row = logits.AsSpan(i * Classes, Classes);
                _constant.CopyTo(row);
                for (var k = 0; k < _learned.Length; k++)
                    row[_learned[k]] = alone ? 0 : z[(i - from) * _paddedClasses + k] + Intercept(k);
            }
        });
        return logits;
    }

    /// <summary>Probabilities of rows, (n, K), in [0, 1], with <see cref="Temperature"/>.</summary>
    /// <param name="x">(n, F)</param>
    public double[] Probabilities(ReadOnlyMemory<float> x)
    {
        var p = Logits(x);
        for (var i = 0; i < p.Length; i++)
            p[i] = MultiLabel ? 1 / (1 + Math.Exp(-p[i] / Temperature)) : p[i] / Temperature;
        if (!MultiLabel)
            for (var i = 0; i < p.Length; i += Classes) CrossEntropy.Softmax(p.AsSpan(i, Classes));
        return p;
    }

    /// <summary>W, (K, F), and the intercepts, (K); of a class without labels 0 and the constant logit.</summary>
    public (double[] Weights, double[] Intercepts) Coefficients()
    {
        var (weights, intercepts) = (new double[Classes * Width], new double[Classes]);
        for (var k = 0; k < Classes; k++) intercepts[k] = double.IsNaN(_constant[k]) ? 0 : _constant[k];
        if (_parameters.Length == 0) return (weights, intercepts);
        for (var k = 0; k < _learned.Length; k++)
        {
            _parameters.AsSpan(k * _paddedWidth, Width).CopyTo(weights.AsSpan(_learned[k] * Width));
            intercepts[_learned[k]] = Intercept(k);
        }
        return (weights, intercepts);
    }

    private double Intercept(int learned) => _parameters[_paddedClasses * _paddedWidth + learned];

    /// <summary>Logits, (K), of classes that need no fit: −∞ where no row has the class, +∞ where all rows of several
    /// have it. NaN: the fit says.</summary>
    internal static double[] Constants(HeadRows rows, bool several)
    {
        var all = several ? rows.Weights.Sum() : double.PositiveInfinity;
        return [.. Mass(rows).Select(mass =>
            mass <= 0 ? double.NegativeInfinity : mass >= all ? double.PositiveInfinity : double.NaN)];
    }

    private static double[] Mass(HeadRows rows)
    {
        var mass = new double[rows.Classes];
        for (var i = 0; i < rows.Count; i++)
            for (var k = 0; k < rows.Classes; k++) mass[k] += rows.Weights[i] * rows.Targets[i * rows.Classes + k];
        return mass;
    }

    // only the classes that are learned, and each row weighed by its class where that is asked for
    private static HeadRows Of(HeadRows rows, int[] learned, double[]? mass, bool several)
    {
        if (learned.Length == rows.Classes && mass is null) return rows;
        var (k, total) = (rows.Classes, rows.Weights.Sum());
        var targets = new double[rows.Count * learned.Length];
        double[] weights = [.. rows.Weights];
        for (var i = 0; i < rows.Count; i++)
        {
            var target = rows.Targets.AsSpan(i * k, k);
            var factor = 0.0;
            var sum = 0.0;
            for (var j = 0; j < learned.Length; j++)
            {
                targets[i * learned.Length + j] = target[learned[j]];
                if (mass is null) continue;
                factor += target[learned[j]] * total / (learned.Length * mass[learned[j]]);
                sum += target[learned[j]];
            }
            if (mass is not null && sum > 0) weights[i] *= several ? factor / sum : factor;
        }
        return rows.With(targets, learned.Length, weights);
    }

    private void CopyTo(double[] parameters, int[] learned)
    {
        var padded = DoubleProducts.Padded(learned.Length, DoubleProducts.Tile);
        if (_parameters.Length == 0) return;
        for (var k = 0; k < learned.Length; k++)
        {
            if (Array.BinarySearch(_learned, learned[k]) is not (>= 0 and var own)) continue;
            _parameters.AsSpan(own * _paddedWidth, _paddedWidth).CopyTo(parameters.AsSpan(k * _paddedWidth));
            parameters[padded * _paddedWidth + k] = _parameters[_paddedClasses * _paddedWidth + own];
        }
    }
}
