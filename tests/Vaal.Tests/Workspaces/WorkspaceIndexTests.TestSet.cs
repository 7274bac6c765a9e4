using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Test images.</summary>
public sealed partial class WorkspaceIndexTests
{
    [Fact]
    public void Index_TestShare_IsDrawnOnceAndStays()
    {
        Pool(40);
        Assert.Equal(
            (4, true), (Index(new() { Test = TestSize.Parse("10%") }) is var first ? first.Test : 0, first.TestDrawn));
        var test = Rows().Values.Where(r => r.Test).Select(r => r.Path).ToArray();
        for (var i = 40; i < 60; i++) _folder.Write($"{i:000}.png", Pictures.Random(i));
        var second = Index(new() { Test = TestSize.Parse("50%"), Seed = 7 });
        Assert.Equal((4, false), (second.Test, second.TestDrawn));
        Assert.Contains("the test set was chosen", second.Notes.Single(), StringComparison.Ordinal);
        Assert.Equal(test, Rows().Values.Where(r => r.Test).Select(r => r.Path));
    }

    // a test set is chosen once and for good: not one that nothing is in
    [Fact]
    public void Index_TestSetThatNothingFitsInto_IsRefused()
    {
        for (var i = 0; i < 4; i++) _folder.Write($"{i:000}.png", Pictures.Random(i / 2, brighter: i % 2 * 5));
        foreach (
            var (size,
                said) in new[] { ("10%", "no test set of 0 images can be drawn from 4; ask for more, such as --test 2"),
                ("1", "no test set of 1 image can be drawn from 4, where those that look alike stay together; ask " +
                "for more, such as --test 2") })
            Assert.Equal(
                said, Assert.Throws<InputException>(() => Index(new() { Test = TestSize.Parse(size) })).Message);
        Assert.StartsWith(
            "all 4 images look alike",
            Assert.Throws<InputException>(
                () => Index(new() { Test = TestSize.Parse("2"), NearDuplicates = 11 }, AllAlike())).Message,
                StringComparison.Ordinal);
        Assert.Equal(
            (2, true), (Index(new() { Test = TestSize.Parse("2") }) is var drawn ? drawn.Test : 0, drawn.TestDrawn));
    }

    private string AllAlike()
    {
        var folder = Directory.CreateDirectory(_folder["alike"]).FullName;
        for (var i = 0; i < 4; i++) _folder.Write($"alike/{i}.png", Pictures.Random(9, brighter: i * 5));
        return folder;
    }

    [Fact]
    public void Index_TestSet_NeverSplitsLookAlikes()
    {
        for (var i = 0; i < 30; i++) _folder.Write($"{i:000}.png", Pictures.Random(i / 3, brighter: i % 3 * 5));
        var report = Index(new() { Test = TestSize.Parse("10") });
        Assert.Equal((30, 10, 9), (report.NearDuplicates, report.NearGroups, report.Test));
        Assert.All(Rows().Values.GroupBy(r => r.NearGroup), g => Assert.Single(g.Select(r => r.Test).Distinct()));
    }

    [Fact]
    public void Index_ImageThatComesLaterAndLooksLikeATestImage_JoinsTheTestSet()
    {
        Pool(3);
        Index(new() { TestList = _folder.Write("test.txt", "001.png\n") });
        _folder.Write("burst.png", Pictures.Random(1, brighter: 5));
        _folder.Write("other.png", Pictures.Random(0, brighter: 5));
        var report = Index();
        Assert.Equal((2, "1 new image looks like a test image and joins the test set"),
            (report.Test, Assert.Single(report.Notes)));
        Assert.Equal(["001.png", "burst.png"], Rows().Values.Where(r => r.Test).Select(r => r.Path).Order());
        Assert.Empty(Index().Notes);
    }

    /// <summary>The list is the user's: what it does not name stays in the pool, and that is said.</summary>
    [Fact]
    public void Index_TestListThatSplitsLookAlikes_IsTakenAndSaid()
    {
        Pool(3);
        _folder.Write("burst.png", Pictures.Random(1, brighter: 5));
        var report = Index(new() { TestList = _folder.Write("test.txt", "001.png\n") });
        Assert.Equal((1, "1 image of the pool looks like test images; a model that learns from them may test too well"),
            (report.Test, Assert.Single(report.Notes)));
    }

    [Fact]
    public void Index_TestList_TakesThose_AndRefusesAnUnknownOne()
    {
        Pool(5);
        var list = _folder.Write("test.txt", "001.png\n\n003.png\n");
        Assert.Equal(2, Index(new() { TestList = list }).Test);
        Assert.Equal(["001.png", "003.png"], Rows().Values.Where(r => r.Test).Select(r => r.Path));
        var wrong = _folder.Write("wrong.txt", "001.png\nnone.png\n");
        Assert.Contains(
            "wrong.txt line 2: no image 'none.png'",
            Assert.Throws<InputException>(() => Index(new() { TestList = wrong })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("100%")]
    [InlineData("ten")]
    public void TestSize_Nonsense_IsRefused(string text) => Assert.Throws<InputException>(() => TestSize.Parse(text));
}
