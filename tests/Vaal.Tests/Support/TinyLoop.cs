using System.Collections.Concurrent;
using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests;

/// <summary>Algorithm 2 on 40 small pictures, once a strategy for all tests that only look at it.</summary>
internal static class TinyLoop
{
    private static readonly ConcurrentDictionary<string, Lazy<Ended>> _ended = new();

    /// <summary>A loop that ended.</summary>
    public sealed record Ended(IReadOnlyList<RoundResult> Rounds, Pool Pool);

    /// <summary>Its options but for the strategy: 12 images, then 18 and 24.</summary>
    public static LoopOptions Options { get; } =
        new() { Initial = 12, Budget = 6, Rounds = 3, Vaal = TinyImages.Vaal, Task = TinyImages.Task };

    public static IEnumerable<TheoryDataRow<string>> Strategies =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    public static Ended Of(string strategy) => _ended.GetOrAdd(strategy, name => new(() =>
    {
        // the pool outlives the test
        var loop = new ActiveLearningLoop(new(Options) { Strategy = name }, TinyImages.Data(40));
        return new(loop.Run(), loop.Pool);
    })).Value;
}
