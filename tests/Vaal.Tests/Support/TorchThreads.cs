using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>As many threads of libtorch, until the test ends. Only in <see cref="RunsAlone"/>: threads that come
/// to libtorch meanwhile would keep that number.</summary>
internal sealed class TorchThreads : IDisposable
{
    private readonly int _before = get_num_threads();

    public TorchThreads(int threads) => set_num_threads(threads);

    public void Dispose() => set_num_threads(_before);
}
