using System.Runtime.CompilerServices;
using Vaal.Models;
using Vaal.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Parallelization(MaxThreads = 2)]
[assembly: TestCollectionOrderer(typeof(SlowFirst))]

namespace Vaal.Tests;

/// <summary>Two tests at a time, so libtorch gets one thread for each: two threads of each of two tests would wait for
/// each other. A test of several threads sets their number itself, in <see cref="RunsAlone"/>.</summary>
internal static class OneThreadATest
{
    // before libgomp is loaded, which reads it once
    [ModuleInitializer]
    internal static void Set() => Libtorch.SetVariable("OMP_NUM_THREADS\0"u8, "1\0"u8, overwrite: false);
}

/// <summary>Classes of slow tests come first: one that began last would run alone at the end.</summary>
public sealed class SlowFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : notnull, ITestCollection =>
        [.. testCollections.OrderByDescending(c => IsSlow(c.TestCollectionDisplayName))
            .ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];

    // "Test collection for Vaal.Tests.Experiments.LoopTests (id: …)"
    private static bool IsSlow(string collection) =>
        collection.Split(' ').Select(word => typeof(SlowFirst).Assembly.GetType(word)).OfType<Type>()
            .Any(type => type.GetCustomAttributes(typeof(TraitAttribute), false).Length > 0);
}
