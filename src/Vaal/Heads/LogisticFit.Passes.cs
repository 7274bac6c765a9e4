using System.Numerics.Tensors;
using Vaal.Coverage;

namespace Vaal.Heads;

// Passes over the rows. A pass that tries a full step also takes the gradient there, while the rows are in the cache:
// most steps are full ones. A refit's passes are in float32 where that is enough for the tolerance.
internal sealed partial class LogisticFit
{
    private const int Chunk = SingleProducts.MostRows, MostParts = 16, MostSteps = 30;

    /// <summary>What rounding to float32 adds to the gradient's length is about this · C · √Σ v².</summary>
    private const double Rounding = 1e-7;

    private Part[] _parts = [];
    private float[] _narrow = []; // weights of a direction
    private bool _single, _full; // whether the passes are in float32, and whether the last step was a full one

    // logits, probabilities and gradient where the fit begins, in float64; returns the mean of p (1 − p), where
    // no curvature is known
    private double Begin()
    {
        InParts((part, start, count) =>
        {
            var intercepts = Parameters.AsSpan(_k * _width);
            DoubleProducts.Logits(Tiles(start, count), Weights(Parameters), _width, _logits.AsSpan(start * _k));
            for (var i = start; i < start + count; i++) DoubleProducts.Add(_logits.AsSpan(i * _k, _k), 1, intercepts);
            Probabilities(start, count, 0);
            part.Curve += _curvature is null ? Curve(start, count) : 0;
            AddGradient(part, start, count);
        });
        SumGradient();
        return _parts.Sum(p => p.Curve) / ((long)_rows.Count * _rows.Classes);
    }

    // the logits that a direction adds, and the loss's derivatives along it at the full step
    private (double Slope, double Bend) Try(double[] direction, bool gradient)
    {
        if (_single) TensorPrimitives.ConvertTruncating<double, float>(Weights(direction), _narrow);
        InParts((part, start, count) =>
        {
            var into = _moved.AsSpan(start * _k);
            var intercepts = direction.AsSpan(_k * _width);
            if (_single) SingleProducts.Logits(Tiles(start, count), _narrow, _width, into);
            else DoubleProducts.Logits(Tiles(start, count), Weights(direction), _width, into);
            for (var i = 0; i < count; i++) DoubleProducts.Add(into.Slice(i * _k, _k), 1, intercepts);
            Probabilities(start, count, 1);
            part.Add(Derivatives(start, count));
            if (gradient) AddGradient(part, start, count);
        });
        return (_parts.Sum(p => p.Slope), _parts.Sum(p => p.Bend));
    }

    // the loss's derivatives at a step along the direction; leaves the probabilities there
    private (double Slope, double Bend) Along(double step)
    {
        InParts((part, start, count) =>
        {
            Probabilities(start, count, step);
            part.Add(Derivatives(start, count));
        });
        return (_parts.Sum(p => p.Slope), _parts.Sum(p => p.Bend));
    }

    // the gradient's parts where the probabilities are
    private void Gradients() => InParts(AddGradient);

    private void SumGradient()
    {
        Array.Clear(_gradient);
        Weights(Parameters).CopyTo(_gradient);
        foreach (var part in _parts) DoubleProducts.Add(_gradient, 1, part.Gradient);
        Remaining = Math.Sqrt(DoubleProducts.Dot(_gradient, _gradient));
    }

    private void AddGradient(Part part, int start, int count)
    {
        var x = _rows.X.AsSpan(start * _width, count * _width);
        var r = part.Residuals.AsSpan(0, count * _k);
        Residuals(start, count, r);
        for (var i = 0; i < count; i++)
            DoubleProducts.Add(part.Gradient.AsSpan(_k * _width, _k), 1, r.Slice(i * _k, _k));
        if (_single)
        {
            TensorPrimitives.ConvertTruncating<double, float>(r, part.Narrow);
            SingleProducts.AddGradient(part.Narrow.AsSpan(0, r.Length), x, _width, Weights(part.Gradient));
        }
        else DoubleProducts.AddGradient(r, x, _width, Weights(part.Gradient));
    }

    // features of some rows, up to a whole tile
    private ReadOnlySpan<float> Tiles(int start, int count) =>
        _rows.X.AsSpan(start * _width, DoubleProducts.Padded(count, DoubleProducts.Tile) * _width);

    // rows in chunks, always in the same parts, whatever the threads
    private void InParts(Action<Part, int, int> work) => Blocks.InParallel(_parts.Length, 1, (number, _) =>
    {
        var part = _parts[number];
        part.Clear();
        for (var start = part.From; start < part.End; start += Chunk)
            work(part, start, Math.Min(Chunk, part.End - start));
    });

    // whole tiles of rows; the last part also has what is left
    private Part[] Parts()
    {
        var most = Math.Min(_rows.Count / (2L * Chunk), (1L << 24) / ((long)_k * _width));
        var (count, tiles) = ((int)Math.Clamp(most, 1, MostParts), _rows.Count / DoubleProducts.Tile);
        int End(int part) => part == count ? _rows.Count : (int)((long)tiles * part / count) * DoubleProducts.Tile;
        return [.. Enumerable.Range(0, count).Select(i => new Part(End(i), End(i + 1), Parameters.Length, Chunk * _k))];
    }

    /// <summary>What is summed over some of the rows.</summary>
    private sealed class Part(int from, int end, int parameters, int residuals)
    {
        public int From => from;

        public int End => end;

        public double[] Gradient { get; } = new double[parameters];

        public double[] Residuals { get; } = new double[residuals];

        public float[] Narrow { get; } = new float[residuals];

        public double Curve { get; set; }

        public double Slope { get; private set; }

        public double Bend { get; private set; }

        public void Add((double Slope, double Bend) derivatives) =>
            (Slope, Bend) = (Slope + derivatives.Slope, Bend + derivatives.Bend);

        public void Clear()
        {
            Array.Clear(Gradient);
            (Curve, Slope, Bend) = (0, 0, 0);
        }
    }
}
