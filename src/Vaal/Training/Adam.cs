using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// Adam (Kingma and Ba 2015, Algorithm 1), equal to PyTorch's in its order of operations. On the CPU in float32 one
/// pass over memory does the whole step; elsewhere (CUDA, float64) ordinary tensor operations do.
/// </summary>
internal sealed class Adam : IDisposable
{
    private const int Block = 1 << 16;
    private readonly (string Name, Parameter Value, Tensor M, Tensor V)[] _slots;
    private readonly double _beta1, _beta2, _epsilon;

    public Adam(
        IEnumerable<(string name, Parameter parameter)> parameters, double beta1 = 0.9, double beta2 = 0.999,
        double epsilon = 1e-8)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        using var noGrad = no_grad();
        _slots = [.. parameters.Select(p => (p.name, p.parameter,
            zeros_like(p.parameter).DetachFromDisposeScope(), zeros_like(p.parameter).DetachFromDisposeScope()))];
    }

    /// <summary>Steps taken (t in the paper).</summary>
    public long Steps { get; set; }

    /// <summary>First and second moments, by the parameter's name; what a checkpoint must hold besides
    /// <see cref="Steps"/>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        _slots.SelectMany(s => new[] { ($"{s.Name}.m", s.M), ($"{s.Name}.v", s.V) });

    public void ZeroGrad()
    {
        foreach (var slot in _slots) slot.Value.grad = null;
    }

    public void Step(double learningRate)
    {
        Steps++;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rate = learningRate / (1 - Math.Pow(_beta1, Steps));
        var root = Math.Sqrt(1 - Math.Pow(_beta2, Steps));
        var work = new List<(nint P, nint G, nint M, nint V, int Length)>();
        foreach (var (_, p, m, v) in _slots)
        {
            if (p.grad is not { } g) continue;
            if (OnePass(p) && OnePass(g)) AddBlocks(work, p, g, m, v);
            else Update(p, g, m, v, rate, root);
        }
        var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() };
        Parallel.For(0, work.Count, threads, i => Update(work[i], (float)rate, (float)(1 / root)));
    }

    public void Dispose()
    {
        foreach (var (_, _, m, v) in _slots)
        {
            m.Dispose();
            v.Dispose();
        }
    }

    private void Update(Tensor p, Tensor g, Tensor m, Tensor v, double rate, double root)
    {
        m.mul_(_beta1).add_(g, alpha: 1 - _beta1);
        v.mul_(_beta2).addcmul_(g, g, 1 - _beta2);
        p.addcdiv_(m, v.sqrt().div_(root).add_(_epsilon), -rate);
    }

    private static bool OnePass(Tensor t) =>
        t.dtype == ScalarType.Float32 && t.device_type == TorchSharp.DeviceType.CPU && t.is_contiguous();

    private static void AddBlocks(List<(nint, nint, nint, nint, int)> work, Tensor p, Tensor g, Tensor m, Tensor v)
    {
        var (pa, ga, ma, va) = (Address(p), Address(g), Address(m), Address(v));
        for (long at = 0, n = p.numel(); at < n; at += Block)
        {
            var offset = (nint)at * sizeof(float);
            work.Add((pa + offset, ga + offset, ma + offset, va + offset, (int)Math.Min(Block, n - at)));
        }
    }

    private static unsafe nint Address(Tensor t) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(t.bytes));

    private unsafe void Update((nint P, nint G, nint M, nint V, int Length) work, float rate, float perRoot)
    {
        float* p = (float*)work.P, g = (float*)work.G, m = (float*)work.M, v = (float*)work.V;
        float b1 = (float)_beta1, c1 = (float)(1 - _beta1), b2 = (float)_beta2, c2 = (float)(1 - _beta2),
            epsilon = (float)_epsilon;
        var i = 0;
        for (; i <= work.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var gi = Vector.Load(g + i);
            var mi = b1 * Vector.Load(m + i) + c1 * gi;
            var vi = b2 * Vector.Load(v + i) + c2 * gi * gi;
            Vector.Store(mi, m + i);
            Vector.Store(vi, v + i);
            Vector.Store(
                Vector.Load(p + i) - rate * mi / (Vector.SquareRoot(vi) * perRoot + new Vector<float>(epsilon)), p + i);
        }
        for (; i < work.Length; i++)
        {
            m[i] = b1 * m[i] + c1 * g[i];
            v[i] = b2 * v[i] + c2 * g[i] * g[i];
            p[i] -= rate * m[i] / (MathF.Sqrt(v[i]) * perRoot + epsilon);
        }
    }
}
