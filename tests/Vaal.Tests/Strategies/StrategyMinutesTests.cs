using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>
/// Which strategies <c>vaal next</c> takes <c>--minutes</c> and <c>--thorough</c> with: those that train what the
/// options are about, and no other. Over the whole table.
/// </summary>
public sealed class StrategyMinutesTests
{
    private const string Timed = "expected a strategy that trains a VAE and a discriminator on pixels with --minutes, ";

    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Names)), Trait("Category", "Slow")]
    public void Strategy_MinutesAndThorough_AreRefusedExactlyWhereTheyWouldChangeNothing(string name)
    {
        using var images = TinyImages.Set(24);
        var pool = TinyImages.Pool(images, 8);
        var (features, _) = MadeFeatures.Of(24, 6, 4, seed: 1);
        foreach (var encoder in new[] { true, false })
        {
            using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
            QueryStrategies.Create(name).Select(new Query
            {
                Pool = pool,
                Budget = 3,
                Seed = 1,
                Networks = networks,
                Features = encoder ? new FeatureSource(features, 6) : FeatureSource.Latent,
            });
            // of that one the VAE on pixels is the lesser part, and its own is not timed
            var own = name == "vaal-features";
            Assert.Equal(networks.TrainedLatent is null || own,
                new NextOptions { Minutes = 1 }.Unheeded(name, encoder) is not null);
            // of one that compares images there is no ranking that a second training could judge
            Assert.Equal(networks.TrainedVaal is null || own || !QueryStrategies.Create(name).JudgesAlone,
                new NextOptions { Thorough = true }.Unheeded(name, encoder) is not null);
            Assert.Null(new NextOptions().Unheeded(name, encoder));
        }
    }

    [Theory]
    [InlineData("vaal", true, null), InlineData("vaal", false, null), InlineData("vaal-frozen-vae", true, null)]
    [InlineData("ta-vaal", false, null), InlineData("typiclust", false, null)]
    [InlineData("typiclust", true, Timed + "found typiclust; leave out --minutes, or add --strategy vaal")]
    [InlineData("random", false, Timed + "found random; leave out --minutes, or add --strategy vaal")]
    [InlineData("entropy", false, Timed + "found entropy; leave out --minutes, or add --strategy vaal")]
    public void Unheeded_Minutes_SaysWhatToDo(string strategy, bool encoder, string? refusal) =>
        Assert.Equal(refusal, new NextOptions { Minutes = 5 }.Unheeded(strategy, encoder));

    /// <summary>Without features the first batch is spread over the latent of a VAE, whatever the strategy.</summary>
    [Fact]
    public void Unheeded_NothingLabelled_TakesMinutesWhereAVaeMakesTheFirstBatch()
    {
        var timed = new NextOptions { Minutes = 5 };
        Assert.Null(timed.Unheeded("entropy", encoder: false, cold: true));
        Assert.NotNull(timed.Unheeded("entropy", encoder: true, cold: true));
        Assert.NotNull(new NextOptions(timed) { Thorough = true }.Unheeded("entropy", encoder: false, cold: true));
    }
}
