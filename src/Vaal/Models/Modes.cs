using static TorchSharp.torch;

namespace Vaal.Models;

/// <summary>Train and eval mode for the length of a <c>using</c>; afterwards every layer is back in the mode it was
/// in.</summary>
internal static class Modes
{
    public static IDisposable Evaluating(this nn.Module module) => new Restore(module, train: false);

    public static IDisposable Training(this nn.Module module) => new Restore(module, train: true);

    private sealed class Restore : IDisposable
    {
        private readonly (nn.Module Layer, bool Training)[] _before;

        public Restore(nn.Module module, bool train)
        {
            _before = [.. module.modules().Prepend(module).Distinct().Select(layer => (layer, layer.training))];
            module.train(train);
        }

        public void Dispose()
        {
            // parents come before their children, and train() reaches down: what a parent changes too much, its
            // children put right
            foreach (var (layer, training) in _before)
            {
                if (layer.training != training) layer.train(training);
            }
        }
    }
}
