using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>
/// SGD with momentum and weight decay as PyTorch has it: g += wd·p; buf = m·buf + g; p −= lr·buf, or with Nesterov's
/// look-ahead p −= lr·(g + m·buf). On the CPU in float32 one pass over memory does the whole step; elsewhere (CUDA,
/// float64) ordinary tensor operations do.
/// </summary>
internal sealed class Sgd : IDisposable
{
    private const int Block = 1 << 16;
    private readonly (string Name, Parameter Value, Tensor Momentum)[] _slots;
    private readonly double _momentum, _weightDecay;
    private readonly bool _nesterov;

    public Sgd(
        IEnumerable<(string name, Parameter parameter)> parameters, double momentum = 0.9, double weightDecay = 0,
        bool nesterov = false)
    {
        (_momentum, _weightDecay, _nesterov) = (momentum, weightDecay, nesterov);
        using var noGrad = no_grad();
        // from zero the first step gives buf = g, as PyTorch has it
        _slots = [.. parameters.Select(p => (p.name, p.parameter, zeros_like(p.parameter).DetachFromDisposeScope()))];
    }

    /// <summary>Momentum by the parameter's name: what a checkpoint must hold.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => _slots.Select(s => ($"{s.Name}.momentum", s.Momentum));

    public void ZeroGrad()
    {
        foreach (var slot in _slots) slot.Value.grad = null;
    }

    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var work = new List<(nint P, nint G, nint M, int Length)>();
        foreach (var (_, p, m) in _slots)
        {
            if (p.grad is not { } g) continue;
            if (OnePass(p) && OnePass(g) && OnePass(m)) AddBlocks(work, p, g, m);
            else Update(p, g, m, learningRate);
        }
        var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() };
        Parallel.For(0, work.Count, threads, i => Update(work[i], (float)learningRate));
    }

    public void Dispose()
    {
        foreach (var slot in _slots) slot.Momentum.Dispose();
    }

    private void Update(Tensor p, Tensor g, Tensor m, double rate)
    {
        if (_weightDecay != 0) g = g.add(p, alpha: _weightDecay);
        m.mul_(_momentum).add_(g);
        p.add_(_nesterov ? g.add(m, alpha: _momentum) : m, alpha: -rate);
    }

    private static bool OnePass(Tensor t) =>
        t.dtype == ScalarType.Float32 && t.device_type == TorchSharp.DeviceType.CPU && t.is_contiguous();

    private static void AddBlocks(List<(nint, nint, nint, int)> work, Tensor p, Tensor g, Tensor m)
    {
        var (pa, ga, ma) = (Address(p), Address(g), Address(m));
        for (long at = 0, n = p.numel(); at < n; at += Block)
        {
            var offset = (nint)at * sizeof(float);
            work.Add((pa + offset, ga + offset, ma + offset, (int)Math.Min(Block, n - at)));
        }
    }

    private static unsafe nint Address(Tensor t) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(t.bytes));

    // fused multiply-add in the vector part and in the rest: the result does not depend on where blocks or vectors end
    private unsafe void Update((nint P, nint G, nint M, int Length) work, float rate)
    {
        float* p = (float*)work.P, g = (float*)work.G, m = (float*)work.M;
        float momentum = (float)_momentum, decay = (float)_weightDecay;
        Vector<float> momenta = new(momentum), decays = new(decay), down = new(-rate);
        var i = 0;
        for (; i <= work.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var pi = Vector.Load(p + i);
            var gi = Vector.FusedMultiplyAdd(decays, pi, Vector.Load(g + i));
            var mi = momenta * Vector.Load(m + i) + gi;
            Vector.Store(mi, m + i);
            Vector.Store(
                Vector.FusedMultiplyAdd(down, _nesterov ? Vector.FusedMultiplyAdd(momenta, mi, gi) : mi, pi), p + i);
        }
        for (; i < work.Length; i++)
        {
            var gi = MathF.FusedMultiplyAdd(decay, p[i], g[i]);
            m[i] = momentum * m[i] + gi;
            p[i] = MathF.FusedMultiplyAdd(-rate, _nesterov ? MathF.FusedMultiplyAdd(momentum, m[i], gi) : m[i], p[i]);
        }
    }
}
