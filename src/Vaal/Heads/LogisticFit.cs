using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// Minimises ½‖W‖² + C Σ_n v_n · cross-entropy(n), the intercept not penalised, by L-BFGS (Nocedal 1980) that starts
/// from <see cref="Curvature"/>: at first from one that all classes share, then from one for each class at the
/// probabilities so far. The logits are linear along a direction, so that each search along it is exact and costs no
/// product. Strongly convex with constant 1 in W: a gradient of length g means that W is within g of the minimum.
/// </summary>
internal sealed partial class LogisticFit
{
    /// <summary>Directions that are remembered, and the numbers that they may take: 16 MB.</summary>
    private const int MostRemembered = 50, LeastRemembered = 8, MostNumbers = 1 << 22;

    /// <summary>Iterations after which the curvature is computed again at the current point.</summary>
    private const int FirstCurvature = 8, NextCurvature = 60, NextOfFewRows = 20;

    /// <summary>Passes after which the curvature is old to those who go on from here: to compute it takes as long as
    /// some fifty passes do.</summary>
    private const int Old = 20;

    /// <summary>p (1 − p) at least, of the curvature: no class is quite flat.</summary>
    private const double LeastBend = 1e-4;

    private readonly HeadRows _rows;
    private readonly bool _several;
    private readonly double _c;
    private readonly int _k, _width;
    private readonly double[] _logits, _moved, _gradient;
    // at the last step tried, (N, padded K)
    private readonly double[] _p;
    private readonly LinkedList<(float[] S, float[] Y, double Rho)> _memory;
    private Curvature? _curvature;
    // since the curvature was taken
    private int _passes;

    /// <param name="rows">every class in it has some weight</param>
    /// <param name="several">an image may have several labels: a sigmoid for each class</param>
    /// <param name="c">C, above 0</param>
    /// <param name="earlier">a fit of nearly the same rows and of the same classes: its curvature is taken over; null:
    /// none</param>
    public LogisticFit(HeadRows rows, bool several, double c, LogisticFit? earlier = null)
    {
        (_rows, _several, _c, _width) = (rows, several, c, rows.PaddedWidth);
        _k = DoubleProducts.Padded(rows.Classes, DoubleProducts.Tile);
        var n = DoubleProducts.Padded(rows.Count, DoubleProducts.Tile);
        (_logits, _moved, _p) = (new double[n * _k], new double[n * _k], new double[n * _k]);
        Parameters = new double[_k * _width + DoubleProducts.Padded(_k, DoubleProducts.Lane)];
        _gradient = new double[Parameters.Length];
        (_full, _curvature, _memory) = (earlier is not null, earlier?._curvature, new(earlier?._memory ?? []));
    }

    /// <summary>W (padded K, padded F), then the intercepts (padded K), then zeros up to a whole lane.</summary>
    public double[] Parameters { get; }

    /// <summary>Passes over the rows so far.</summary>
    public int Iterations { get; private set; }

    /// <summary>The objective at <see cref="Parameters"/>.</summary>
    public double Objective
    {
        get
        {
            var sum = 0.0;
            var weights = Weights(Parameters);
            for (var i = 0; i < _rows.Count; i++)
            {
                var z = _logits.AsSpan(i * _k, _rows.Classes);
                var target = Targets(i);
                sum += _rows.Weights[i] * CrossEntropy.Of(z, target, _several);
            }
            return 0.5 * DoubleProducts.Dot(weights, weights) + _c * sum;
        }
    }

    /// <summary>Length of the gradient.</summary>
    public double Remaining { get; private set; }

    /// <summary>Until the gradient's length is at most <paramref name="tolerance"/>.</summary>
    /// <param name="narrow">passes may be in float32, where its rounding is a tenth of the tolerance at most</param>
    public void Run(double tolerance, int mostIterations, bool narrow, CancellationToken cancel,
        Action<TrainEvent>? report = null)
    {
        _single = narrow && tolerance >= 10 * Rounding * _c * Math.Sqrt(_rows.Weights.Sum(v => v * v));
        if (!_several) Centre(Parameters);
        (_parts, _narrow) = (Parts(), new float[_single ? _k * _width : 0]);
        var curve = Begin();
        _curvature ??= Curvature.Shared(_rows, _c * curve);
        while (Remaining > tolerance && Iterations < mostIterations)
        {
            cancel.ThrowIfCancellationRequested();
            var next = !_curvature.OfClasses ? FirstCurvature : _rows.Count < _width ? NextOfFewRows : NextCurvature;
            if (_passes++ == next && Curvature.CanBeOfClasses(_rows)) Bend();
            Iterations++;
            var direction = Direction();
            double[] before = [.. _gradient];
            var step = Move(direction);
            if (!(step > 0)) break;                                                  // no further than rounding allows
            Remember(direction, step, before);
            report?.Invoke(new TrainEvent("fitting the linear head", Iterations, 0));    // until when is not known
        }
        (_parts, _narrow) = ([], []);                                                // the head keeps this fit
    }

    /// <summary>Takes the curvature where the fit has come to, for fits that go on from here.</summary>
    public void Prepare()
    {
        if (_passes > Old && Curvature.CanBeOfClasses(_rows)) Bend();
    }

    // in float32, which halves what each direction reads
    private void Remember(double[] direction, double step, double[] before)
    {
        float[] s = new float[direction.Length], y = new float[direction.Length];
        for (var i = 0; i < s.Length; i++)
            (s[i], y[i]) = ((float)(step * direction[i]), (float)(_gradient[i] - before[i]));
        if (!(UnitRows.Dot(s, y) is var sy and > 0)) return;
        _memory.AddLast((s, y, 1 / sy));
        var most = Math.Clamp(MostNumbers / (2 * s.Length), LeastRemembered, MostRemembered);
        if (_memory.Count > most) _memory.RemoveFirst();
    }

    private void Bend()
    {
        (_curvature, _passes) = (Curvature.Of(_rows, Bends), 0);
        _memory.Clear();
    }

    private Span<double> Weights(double[] parameters) => parameters.AsSpan(0, _k * _width);

    // L-BFGS's two loops
    private double[] Direction()
    {
        double[] d = [.. _gradient];
        var alphas = new Stack<double>();
        for (var node = _memory.Last; node is not null; node = node.Previous)
        {
            var alpha = node.Value.Rho * DoubleProducts.Dot(node.Value.S, d);
            DoubleProducts.Add(d, -alpha, node.Value.Y);
            alphas.Push(alpha);
        }
        Blocks.InParallel(_rows.Classes, 1, (k, _) =>
            _curvature!.Solve(k, d.AsSpan(k * _width, _width), ref d[_k * _width + k]));
        if (!_several) Centre(d);
        foreach (var (s, y, rho) in _memory)
            DoubleProducts.Add(d, alphas.Pop() - rho * DoubleProducts.Dot(y, d), s);
        for (var i = 0; i < d.Length; i++) d[i] = -d[i];
        return d;
    }

    // a softmax does not change where all classes move alike: the minimum has Σ W = 0, and every step keeps to it
    private void Centre(double[] parameters)
    {
        var mean = new double[_width + 1];
        for (var k = 0; k < _rows.Classes; k++)
        {
            DoubleProducts.Add(mean.AsSpan(0, _width), 1.0 / _rows.Classes, parameters.AsSpan(k * _width, _width));
            mean[_width] += parameters[_k * _width + k] / _rows.Classes;
        }
        for (var k = 0; k < _rows.Classes; k++)
        {
            DoubleProducts.Add(parameters.AsSpan(k * _width, _width), -1, mean.AsSpan(0, _width));
            parameters[_k * _width + k] -= mean[_width];
        }
    }
}
