namespace Vaal.Tests;

/// <summary>
/// Tests that change or measure what the whole process shares: its memory, libtorch's number of threads, its global
/// generator, a table of names, the garbage collector. They run one after the other, and nothing else meanwhile. A test
/// that only computes with tensors does not belong here: those run side by side.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "runs alone";
}
