using Vaal.Coverage;

namespace Vaal.Heads;

// The objective: where it is least along a direction, its gradient, and the probabilities at a point.
internal sealed partial class LogisticFit
{
    // of a class, by row: C v p (1 − p)
    private double[] Bends(int k)
    {
        var bends = new double[_rows.Count];
        for (var i = 0; i < bends.Length; i++)
            bends[i] = _c * _rows.Weights[i] * Math.Max(_p[i * _k + k] * (1 - _p[i * _k + k]), LeastBend);
        return bends;
    }

    // where the objective along the direction is least: Newton's steps, kept between bounds
    private double Step(double[] direction)
    {
        var weights = Weights(direction);
        var (slope, bend) = (DoubleProducts.Dot(Weights(Parameters), weights), DoubleProducts.Dot(weights, weights));
        var first = DoubleProducts.Dot(_gradient, direction);
        if (!(first < 0)) return 0;
        var (low, high, step) = (0.0, double.PositiveInfinity, 1.0);
        for (var i = 0; i < MostSteps; i++)
        {
            var (d1, d2) = Along(step, slope, bend);
            if (Math.Abs(d1) <= 0.5 * -first) return step;
            if (d1 < 0) low = step;
            else high = step;
            var next = step - d1 / d2;
            step = next > low && next < high ? next : double.IsFinite(high) ? (low + high) / 2 : 2 * step;
        }
        return low;
    }

    // first and second derivative of the objective at a step along the direction; leaves the probabilities there
    private (double Slope, double Bend) Along(double step, double slope, double bend)
    {
        var parts = new (double Slope, double Bend)[_parts];
        InParts((part, from, end) =>
        {
            var sum = (Slope: 0.0, Bend: 0.0);
            for (var start = from; start < end; start += Chunk)
            {
                var count = Math.Min(Chunk, end - start);
                var p = _p.AsSpan(start * _k, count * _k);
                _logits.AsSpan(start * _k, count * _k).CopyTo(p);
                if (step != 0) DoubleProducts.Add(p, step, _moved.AsSpan(start * _k, count * _k));
                Probabilities(p, count);
                if (step == 0) continue;
                for (var i = 0; i < count; i++)
                {
                    var moved = _moved.AsSpan((start + i) * _k, _rows.Classes);
                    var target = Targets(start + i);
                    var (mean, square, wanted) = (0.0, 0.0, 0.0);
                    for (var k = 0; k < moved.Length; k++)
                    {
                        var probability = p[i * _k + k];
                        mean += probability * moved[k];
                        wanted += target[k] * moved[k];
                        square += probability * (_several ? 1 - probability : 1) * moved[k] * moved[k];
                    }
                    sum.Slope += _rows.Weights[start + i] * (mean - wanted);
                    sum.Bend += _rows.Weights[start + i] * (_several ? square : square - mean * mean);
                }
            }
            parts[part] = sum;
        });
        return (slope + step * bend + _c * parts.Sum(p => p.Slope), bend + _c * parts.Sum(p => p.Bend));
    }

    // the gradient where the probabilities are; returns the mean of p (1 − p)
    private double Evaluate()
    {
        var parts = new (double Curve, double[] Gradient)[_parts];
        InParts((part, from, end) =>
        {
            var (gradient, p, curve) = (new double[_gradient.Length], new double[Chunk * _k], 0.0);
            for (var start = from; start < end; start += Chunk)
            {
                var count = Math.Min(Chunk, end - start);
                _p.AsSpan(start * _k, count * _k).CopyTo(p);
                for (var i = 0; i < count; i++)
                {
                    var weight = _rows.Weights[start + i];
                    var target = Targets(start + i);
                    for (var k = 0; k < _rows.Classes; k++)
                    {
                        ref var residual = ref p[i * _k + k];
                        curve += residual * (1 - residual);
                        residual = _c * weight * (residual - target[k]);
                        gradient[_k * _width + k] += residual;
                    }
                }
                DoubleProducts.AddGradient(p.AsSpan(0, count * _k), _rows.X.AsSpan(start * _width, count * _width),
                    _width, Weights(gradient));
            }
            parts[part] = (curve, gradient);
        });
        var weights = Weights(Parameters);
        Array.Clear(_gradient);
        weights.CopyTo(_gradient);
        foreach (var (_, gradient) in parts) DoubleProducts.Add(_gradient, 1, gradient);
        Remaining = Math.Sqrt(DoubleProducts.Dot(_gradient, _gradient));
        return parts.Sum(p => p.Curve) / ((long)_rows.Count * _rows.Classes);
    }

    private ReadOnlySpan<double> Targets(int row) => _rows.Targets.AsSpan(row * _rows.Classes, _rows.Classes);

    // in place, (count, padded K); of the classes that only fill a tile: 0
    private void Probabilities(Span<double> z, int count)
    {
        if (_several)
        {
            var all = z[..(count * _k)];
            for (var i = 0; i < all.Length; i++) all[i] = -all[i];
            DoubleProducts.Exp(all);
            for (var i = 0; i < all.Length; i++) all[i] = 1 / (1 + all[i]);
            for (var i = 0; i < count; i++) z.Slice(i * _k + _rows.Classes, _k - _rows.Classes).Clear();
            return;
        }
        for (var i = 0; i < count; i++)
        {
            var row = z.Slice(i * _k, _k);
            var highest = double.NegativeInfinity;
            foreach (var logit in row[.._rows.Classes]) highest = Math.Max(highest, logit);
            for (var k = 0; k < row.Length; k++) row[k] = k < _rows.Classes ? row[k] - highest : -1e3;
        }
        DoubleProducts.Exp(z[..(count * _k)]);
        for (var i = 0; i < count; i++)
        {
            var row = z.Slice(i * _k, _k);
            var sum = 0.0;
            for (var k = 0; k < _rows.Classes; k++) sum += row[k];
            for (var k = 0; k < row.Length; k++) row[k] = k < _rows.Classes ? row[k] / sum : 0;
        }
    }

    // always the same parts, whatever the threads
    private void InParts(Action<int, int, int> work) => Blocks.InParallel(_parts, 1, (part, _) =>
        work(part, (int)((long)_rows.Count * part / _parts), (int)((long)_rows.Count * (part + 1) / _parts)));
}
