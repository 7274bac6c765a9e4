using CsCheck;

namespace Vaal.Tests.Core;

public sealed class SeedsTests
{
    // worked out with Python's integers from the definition
    [Theory]
    [InlineData(0, "", 0, 7316049078610636496)]
    [InlineData(1, "task.order", 0, 6374655318532155482)]
    [InlineData(1, "task.order", 1, 6334316306593061821)]
    [InlineData(-1, "task.augment", 39_061, 3101458070447491516)]
    [InlineData(2, "é", 0, 4408401607157453712)]
    public void Derive_KnownArguments_GivesWhatAnotherToolGives(long seed, string stream, long index, long expected) =>
        Assert.Equal(expected, Seeds.Derive(seed, stream, index));

    [Fact]
    public void Derive_NeighbouringArguments_GiveDistinctLow32Bits() =>
        Gen.Select(Gen.Long, Gen.Long[0, 1L << 40]).Sample((seed, index) =>
        {
            uint[] low = [.. new[]
            {
                Seeds.Derive(seed, "a", index), Seeds.Derive(seed, "a", index + 1), Seeds.Derive(seed, "b", index),
                Seeds.Derive(seed + 1, "a", index), Seeds.Derive(seed ^ long.MinValue, "a", index),
            }.Select(s => (uint)s)];
            Assert.All(low, _ => Assert.True(Seeds.Derive(seed, "a", index) >= 0));
            // one of ten pairs meeting by chance: 2e-9 a sample
            Assert.Equal(5, low.Distinct().Count());
        });

    /// <summary>Each argument counts with all that is in it, from its first bit to its last.</summary>
    [Fact]
    public void Derive_OneArgumentChanged_IsAnotherNumber()
    {
        const string stream = "task.order";
        long[] found =
        [
            Seeds.Derive(7, stream, 5),
            .. Enumerable.Range(0, 64).Select(bit => Seeds.Derive(7 ^ (1L << bit), stream, 5)),
            .. Enumerable.Range(0, 63).Select(bit => Seeds.Derive(7, stream, 5 ^ (1L << bit))),
            .. Enumerable.Range(0, stream.Length).Select(i => Seeds.Derive(7, stream.Remove(i, 1), 5)),
            .. Enumerable.Range(0, stream.Length).Select(i => Seeds.Derive(7, stream.Insert(i, "x"), 5)),
        ];
        Assert.Equal(found.Length, found.Distinct().Count());
    }
}
