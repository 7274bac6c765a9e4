using CsCheck;
using Vaal.Data;
using Vaal.Oracles;

namespace Vaal.Tests.Experiments;

public sealed class OracleTests
{
    // 1,000 images of 5 classes: 500, 250, 150, 60 and 40 of them
    private static readonly int[] Classes =
        [.. Enumerable.Range(0, 1_000).Select(i => i < 500 ? 0 : i < 750 ? 1 : i < 900 ? 2 : i < 960 ? 3 : 4)];

    private static ImageSet Uneven() => new(PixelStore.Allocate(1_000), 1, 1, 1, Classes);

    [Fact]
    public void Draw_Stratified_IsEvenWithinOneAsFarAsClassesGo()
    {
        using var images = Uneven();
        Gen.Select(Gen.Int[1, 200], Gen.Int).Sample((count, seed) =>
        {
            var drawn = InitialPool.Draw(images, count, InitialDraw.Stratified, seed);
            Assert.Equal(count, drawn.Distinct().Count());
            Assert.Equal(drawn.Order(), drawn);
            var byClass = Enumerable.Range(0, 5).Select(c => drawn.Count(id => Classes[id] == c)).ToArray();
            // 200 is 40 of each: all of the rarest
            Assert.True(byClass.Max() - byClass.Min() <= 1, string.Join(' ', byClass));
        }, iter: 50, threads: 1);
    }

    [Fact]
    public void Draw_StratifiedBeyondTheRarestClass_FillsUpWithTheOthers()
    {
        using var images = Uneven();
        var drawn = InitialPool.Draw(images, 400, InitialDraw.Stratified, 1);
        // 40 and 60 are all there are of the rare ones; 300 are left for three
        Assert.Equal([100, 100, 100, 60, 40], Enumerable.Range(0, 5).Select(c => drawn.Count(id => Classes[id] == c)));
    }

    [Fact]
    public void Draw_Uniform_FollowsTheShareOfEachClass()
    {
        using var images = Uneven();
        var drawn = Enumerable.Range(1, 100)
            .SelectMany(seed => InitialPool.Draw(images, 100, InitialDraw.Uniform, seed)).ToList();
        Assert.Equal(10_000, drawn.Count);
        // expected 5000, 2500, 1500, 600, 400; a binomial's standard deviation is at most 50, five of them
        var byClass = Enumerable.Range(0, 5).Select(c => drawn.Count(id => Classes[id] == c)).ToArray();
        Assert.All(byClass.Zip([5_000, 2_500, 1_500, 600, 400]), p => Assert.InRange(p.First - p.Second, -250, 250));
    }

    [Fact]
    public void WithTest_RareClasses_KeepHalfOfTheirImages()
    {
        // 100 images: 60, 36, 3 and 1 of a class; a fifth is 20: the 4 rare ones and 8 of each other class
        int[] classes = [.. Enumerable.Range(0, 100).Select(i => i < 60 ? 0 : i < 96 ? 1 : i < 99 ? 2 : 3)];
        using var data = new DataSet(
            "rare", new ImageSet(PixelStore.Allocate(100), 1, 1, 1, classes), null, ["a", "b", "c", "d"], [], "x")
            .WithTest(1);
        Assert.Equal([0, 1, 2, 3], data.Pool.Classes.Distinct().Order());
        Assert.Equal([8, 8, 1, 0], Enumerable.Range(0, 4).Select(c => data.Test!.Classes.Count(k => k == c)));
        Assert.Equal([2, 1], new[] { 2, 3 }.Select(c => data.Pool.Classes.Count(k => k == c)));
        Assert.Equal(100, data.Pool.Count + data.Test!.Count);
        Assert.True(data.Renumbered);
    }

    [Fact]
    public void Loop_TestSetUnlikeThePool_IsRefused()
    {
        using var data = TinyImages.Data(20);
        string Refusal(ImageSet test)
        {
            using (test)
                return Assert.Throws<InputException>(() => new ActiveLearningLoop(
                    new() { Initial = 4 }, data.With(data.Pool, test, []))).Message;
        }
        const string size = "expected test images of 32×32 pixels with 1 channel, as the pool of tiny has, found ";
        Assert.Equal(size + "64×64 pixels with 1 channel", Refusal(TinyImages.Set(4, side: 64)));
        Assert.Equal(size + "32×32 pixels with 3 channels", Refusal(TinyImages.Set(4, channels: 3)));
        Assert.Equal("expected test images of tiny with classes 0..3, found 4", Refusal(TinyImages.Set(5, classes: 5)));
    }

    [Fact]
    public void Draw_Seed_DecidesIt()
    {
        using var images = Uneven();
        Assert.All(Enum.GetValues<InitialDraw>(), draw =>
        {
            Assert.Equal(InitialPool.Draw(images, 50, draw, 1), InitialPool.Draw(images, 50, draw, 1));
            Assert.NotEqual(InitialPool.Draw(images, 50, draw, 1), InitialPool.Draw(images, 50, draw, 2));
        });
    }

    [Fact]
    public void Draw_WithoutClasses_LeavesThemOut()
    {
        using var images = Uneven();
        Assert.All(Enum.GetValues<InitialDraw>(), draw => Assert.Equal(
            Enumerable.Range(0, 1_000).Where(id => Classes[id] is not (0 or 3)),
            InitialPool.Draw(images, 2_000, draw, 1, without: [0, 3])));
    }

    [Fact]
    public void IdealOracle_Asked_TellsTheTruth()
    {
        using var images = Uneven();
        var oracle = new IdealOracle(images);
        Assert.Equal(Classes, Enumerable.Range(0, 1_000).Select(oracle.Label));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.1, 60, 140)]                                                    // 100 ± 4.2 · √(1000 · 0.1 · 0.9)
    [InlineData(0.4, 335, 465)]
    [InlineData(1, 1_000, 1_000)]
    public void NoisyOracle_Rate_IsTheShareOfWrongAnswers(double rate, int least, int most)
    {
        using var images = Uneven();
        var oracle = new NoisyOracle(images, 5, rate, seed: 3);
        int[] answers = [.. Enumerable.Range(0, 1_000).Select(oracle.Label)];
        Assert.All(answers, c => Assert.InRange(c, 0, 4));
        Assert.InRange(answers.Zip(Classes).Count(p => p.First != p.Second), least, most);
        // asked again, in another order
        Assert.Equal(answers, Enumerable.Range(0, 1_000).Reverse().Select(oracle.Label).Reverse());
    }

    [Fact]
    public void NoisyOracle_WrongAnswers_AreEveryOtherClassAlikeOften()
    {
        using var images = Uneven();
        var oracle = new NoisyOracle(images, 5, 1, seed: 3);
        var wrong = Enumerable.Range(0, 500).Select(oracle.Label).ToList();       // the truth is 0
        // 125 each, standard deviation √(500 · ¼ · ¾) = 9.7; four of them
        for (var c = 1; c < 5; c++) Assert.InRange(wrong.Count(w => w == c), 86, 164);
    }

    [Fact]
    public void NoisyOracle_OtherSeed_ErrsElsewhere()
    {
        using var images = Uneven();
        var (a, b) = (new NoisyOracle(images, 5, 0.4, 1), new NoisyOracle(images, 5, 0.4, 2));
        Assert.NotEqual(Enumerable.Range(0, 1_000).Select(a.Label), Enumerable.Range(0, 1_000).Select(b.Label));
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(5, -0.1)]
    [InlineData(5, 1.1)]
    [InlineData(5, double.NaN)]
    public void NoisyOracle_Nonsense_IsRefused(int classes, double rate)
    {
        using var images = Uneven();
        Assert.Throws<InputException>(() => new NoisyOracle(images, classes, rate, 1));
    }

    [Fact]
    public void NoisyOracle_WithinSuperClasses_ErrsOnlyThere()
    {
        using var images = Uneven();
        var oracle = new NoisyOracle(images, 5, 1, seed: 3, superClasses: [0, 1, 0, 1, 0]);
        int[] answers = [.. Enumerable.Range(0, 1_000).Select(oracle.Label)];
        Assert.All(answers.Zip(Classes), p => Assert.True(p.First != p.Second && p.First % 2 == p.Second % 2));
        Assert.InRange(answers.Take(500).Count(c => c == 2), 205, 295);               // 250 ± 4 · √(500 · ¼)
        Assert.Equal("class 4 is alone in its super-class; a wrong answer needs another class there",
            Assert.Throws<InputException>(() => new NoisyOracle(images, 5, 0.1, 1, [0, 0, 0, 0, 1])).Message);
    }

    [Fact]
    public void FileOracle_LabelsOfPeople_AreGivenAsTheyStand()
    {
        using var folder = new TemporaryFolder();
        using var images = Uneven();
        var file = folder.Write(
            "labels.csv", "index,clean,ann\n" +
            string.Concat(Enumerable.Range(0, 1_200).Select(i => $"{i},{(i < 1_000 ? Classes[i] : 0)},{i % 5}\n")));
        var oracle = new FileOracle(file, "ann", images, 5);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => i % 5), Enumerable.Range(0, 1_000).Select(oracle.Label));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("index,bob\n0,1\n", "has no column 'ann'; there are: index, bob")]
    [InlineData("index,ann\n0,5\n", "line 2: class 5; it must be 0..4")]
    [InlineData("index,ann\n0,x\n", "line 2: ann is 'x'; expected a number")]
    [InlineData("index,ann\n0\n", "line 2: has 1 cell; expected 2, as in the first line")]
    [InlineData("index,ann\n0,\n", "line 2: ann is ''; expected a number")]
    [InlineData("index,ann\n0,1\n0,2\n", "line 3: image 0 has a label already")]
    [InlineData("index,ann\n0,1,5\n", "line 2: has 3 cells; expected 2, as in the first line")]
    [InlineData(
        "index,ann,clean\n0,1,3\n",
        "line 2: the true class of image 0 is 3; here it is 0, so the file belongs to other images")]
    [InlineData("index,ann\n0,1\n", "has no label for image 1 of 1000")]
    public void FileOracle_BadFile_IsRefusedInOneLine(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        using var images = Uneven();
        var file = folder.Write("labels.csv", text);
        Assert.Contains(
            problem, Assert.Throws<InputException>(() => new FileOracle(file, "ann", images, 5)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "no file ", Assert.Throws<InputException>(() => new FileOracle(file + "x", "ann", images, 5)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The shares of wrong labels that CIFAR-10N's authors give (Wei et al. 2022, Table 1: 9.03, 17.23, 40.21%
    /// over all 50,000); here over the 30,000 that there are.</summary>
    [Trait("Category", "Slow")]
    [Theory]
    [InlineData("aggre", 0.0903)]
    [InlineData("random1", 0.1723)]
    [InlineData("worse", 0.4021)]
    public void FileOracle_Cifar10N_ErrsAsOftenAsItsAuthorsSay(string column, double rate)
    {
        using var data = DataFormats.Load(RealData.Folder("cifar10"), new LoadOptions());
        var oracle = new FileOracle(Path.Combine(RealData.Folder("cifar-n"), "cifar10n.csv.gz"), column, data.Pool, 10);
        var wrong = Enumerable.Range(0, data.Pool.Count)
            .Count(id => oracle.Label(id) != data.Pool.Classes[id]) / (double)data.Pool.Count;
        Assert.InRange(wrong, rate - 0.01, rate + 0.01);
    }
}
