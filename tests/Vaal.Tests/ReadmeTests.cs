namespace Vaal.Tests;

[Collection(TorchCollection.Name)]
public sealed class ReadmeTests
{
    [Fact]
    public void Readme_FirstCSharpBlock_IsTheExampleThatIsTested()
    {
        var source = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Vaal.Tests", "ReadmeExample.cs"))
            .SkipWhile(l => l.Trim() != "// begin").Skip(1).TakeWhile(l => l.Trim() != "// end").Select(l => l.Length < 8 ? "" : l[8..]);
        var readme = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"))
            .SkipWhile(l => l != "```csharp").Skip(1).TakeWhile(l => l != "```");
        Assert.NotEmpty(readme);
        Assert.Equal(string.Join('\n', source), string.Join('\n', readme));
    }

    [Fact]
    public void Readme_SecondCSharpBlock_IsTheLibraryPages()
    {
        static string[] Blocks(string file) => [.. File.ReadAllText(Path.Combine(Repository.Root, file)).Split("```csharp\n").Skip(1).Select(b => b.Split("```")[0])];
        Assert.Equal(Blocks("docs/workspace-library.md")[0], Blocks("README.md")[1]);
    }

    [Fact]
    public void Example_OnAFolderOfPhotographs_PrintsTwentyThatAreNotLabelled()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 60; i++) folder.Write($"{i:00}.png", TestImages.Rgb(40, 32, (byte)(i * 4), (byte)(255 - i * 3), (byte)(i * 37)));
        var printed = new StringWriter { NewLine = "\n" };
        ReadmeExample.Run(folder.Path, printed);
        var lines = printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20, lines.Distinct().Count());
        Assert.All(lines, l => Assert.Matches("^[0-5][1-9].png$", l));
    }
}
