[assembly: Xunit.v3.Parallelization(MaxThreads = 2)]

namespace Vaal.Tests;

/// <summary>
/// Tests that train, count tensors, weigh the process or set libtorch's global generator: one after the other, and
/// nothing else meanwhile.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchCollection
{
    public const string Name = "torch";
}
