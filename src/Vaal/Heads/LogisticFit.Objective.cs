namespace Vaal.Heads;

// The objective: where it is least along a direction, and what there is to sum of some rows.
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

    // to where the objective along the direction is least; returns the step, 0: it is least here
    private double Move(double[] direction)
    {
        var weights = Weights(direction);
        var first = DoubleProducts.Dot(_gradient, direction);
        if (!(first < 0)) return 0;
        var (slope, bend) = (DoubleProducts.Dot(Weights(Parameters), weights), DoubleProducts.Dot(weights, weights));
        var withGradient = _full;
        var step = Step(first, slope, bend, Try(direction, withGradient));
        if (!(step > 0)) return 0;
        _full = step == 1;
        DoubleProducts.Add(Parameters, step, direction);
        DoubleProducts.Add(_logits, step, _moved);
        if (!withGradient || !_full) Gradients();
        SumGradient();
        return step;
    }

    // Newton's steps from the full one on, kept between bounds
    private double Step(double first, double slope, double bend, (double Slope, double Bend) full)
    {
        var (low, high, step) = (0.0, double.PositiveInfinity, 1.0);
        for (var i = 0; i < MostSteps; i++)
        {
            var data = i == 0 ? full : Along(step);
            var (d1, d2) = (slope + step * bend + _c * data.Slope, bend + _c * data.Bend);
            if (Math.Abs(d1) <= 0.5 * -first) return step;
            if (d1 < 0) low = step;
            else high = step;
            var next = step - d1 / d2;
            step = next > low && next < high ? next : double.IsFinite(high) ? (low + high) / 2 : 2 * step;
        }
        if (low > 0) Along(low);
        return low;
    }

    // first and second derivative of the loss of some rows along the direction, where their probabilities are
    private (double Slope, double Bend) Derivatives(int start, int count)
    {
        var (slope, bend) = (0.0, 0.0);
        for (var i = start; i < start + count; i++)
        {
            var moved = _moved.AsSpan(i * _k, _rows.Classes);
            var p = _p.AsSpan(i * _k, _rows.Classes);
            var target = Targets(i);
            var (mean, square, wanted) = (0.0, 0.0, 0.0);
            for (var k = 0; k < moved.Length; k++)
            {
                var along = p[k] * moved[k];
                mean += along;
                wanted += target[k] * moved[k];
                square += along * (_several ? 1 - p[k] : 1) * moved[k];
            }
            slope += _rows.Weights[i] * (mean - wanted);
            bend += _rows.Weights[i] * (_several ? square : square - mean * mean);
        }
        return (slope, bend);
    }

    // the sum of p (1 − p) of some rows
    private double Curve(int start, int count)
    {
        var sum = 0.0;
        foreach (var p in _p.AsSpan(start * _k, count * _k)) sum += p * (1 - p);
        return sum;
    }

    // C v (p − t) of some rows, (count, padded K)
    private void Residuals(int start, int count, Span<double> into)
    {
        _p.AsSpan(start * _k, count * _k).CopyTo(into);
        for (var i = 0; i < count; i++)
        {
            var weight = _c * _rows.Weights[start + i];
            var row = into.Slice(i * _k, _rows.Classes);
            var target = Targets(start + i);
            for (var k = 0; k < row.Length; k++) row[k] = weight * (row[k] - target[k]);
        }
    }

    private ReadOnlySpan<double> Targets(int row) => _rows.Targets.AsSpan(row * _rows.Classes, _rows.Classes);

    // of some rows at a step; of the classes that only fill a tile: 0
    private void Probabilities(int start, int count, double step)
    {
        var z = _p.AsSpan(start * _k, count * _k);
        _logits.AsSpan(start * _k, count * _k).CopyTo(z);
        if (step != 0) DoubleProducts.Add(z, step, _moved.AsSpan(start * _k, count * _k));
        if (_several)
        {
            for (var i = 0; i < z.Length; i++) z[i] = -z[i];
            DoubleProducts.Exp(z);
            for (var i = 0; i < z.Length; i++) z[i] = 1 / (1 + z[i]);
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
        DoubleProducts.Exp(z);
        for (var i = 0; i < count; i++)
        {
            var row = z.Slice(i * _k, _k);
            var sum = 0.0;
            for (var k = 0; k < _rows.Classes; k++) sum += row[k];
            var part = 1 / sum;
            for (var k = 0; k < row.Length; k++) row[k] = k < _rows.Classes ? row[k] * part : 0;
        }
    }
}
