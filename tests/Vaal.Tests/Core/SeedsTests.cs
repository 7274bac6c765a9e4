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
            // two of ten pairs meeting by chance: 2e-9 a sample
            Assert.True(low.Distinct().Count() >= 4);
        });
}
