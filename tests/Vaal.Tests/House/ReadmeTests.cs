using Vaal.Strategies;

namespace Vaal.Tests.House;

public sealed class ReadmeTests
{
    [Theory]
    [InlineData("README.md", 0, 0)]
    [InlineData("README.md", 1, 1)]
    [InlineData("docs/workspace-library.md", 0, 1)]
    public void CSharpBlock_IsTheExampleThatIsCompiled(string page, int block, int example)
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Vaal.Tests", "House", "ReadmeExample.cs"))
            .Split("// begin\n").Skip(1).ElementAt(example).Split("        // end")[0];
        var lines = source.Split('\n').Select(l => l.Length < 8 ? "" : l[8..]);
        Assert.Equal(string.Join('\n', lines), Blocks(page)[block]);
    }

    [Fact]
    public void Readme_HasTwoCSharpBlocks() => Assert.Equal(2, Blocks("README.md").Length);

    [Fact]
    public void Readme_NamesEveryQueryStrategyAndTheirNumber()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Equal([], QueryStrategies.Names.Where(n => !readme.Contains($"`{n}`", StringComparison.Ordinal)));
        Assert.Contains($"and {QueryStrategies.Names.Count - 1} other strategies", readme);
        var package = File.ReadAllText(Path.Combine(Repository.Root, "build", "package", "README.md"));
        Assert.Contains($"and {QueryStrategies.Names.Count - 1} other query strategies", package);
    }

    private static string[] Blocks(string page) =>
        [.. File.ReadAllText(Path.Combine(Repository.Root, page)).Split("```csharp\n").Skip(1)
            .Select(b => b.Split("```")[0])];

    [Trait("Category", "Slow")]
    [Fact]
    public void Example_OnAFolderOfPhotographs_PrintsTwentyThatAreNotLabelled()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 60; i++)
        {
            var photo = TestImages.Rgb(40, 30, (byte)(i * 4), (byte)(255 - i * 3), (byte)(i * 37));
            folder.Write($"{i:00}.png", photo);
        }
        var printed = new StringWriter { NewLine = "\n" };
        ReadmeExample.Run(folder.Path, printed);
        var lines = printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20, lines.Distinct().Count());
        Assert.All(lines, l => Assert.Matches("^[0-5][1-9].png$", l));
    }
}
