using System.Text.RegularExpressions;

namespace Vaal.Tests.House;

/// <summary>The programs under build/ that run by <c>dotnet run FILE.cs</c>, which no build compiles.</summary>
public sealed partial class ScriptsTests
{
    [Fact]
    public void Scripts_NameFilesThatExist()
    {
        var named = Scripts().SelectMany(s => Relative().Matches(File.ReadAllText(s))
            .Select(m => Path.GetFullPath(m.Groups[1].Value, Path.GetDirectoryName(s)!))).ToList();
        Assert.NotEmpty(named);
        Assert.Equal([], named.Where(f => !File.Exists(f)));
    }

    /// <summary>The patch fails in a program that has no TorchSharp (build/PatchTorchSharp.targets).</summary>
    [Fact]
    public void Scripts_HaveNoTorchSharp_SoTheyTurnItsPatchOff()
    {
        Assert.NotEmpty(Scripts());
        Assert.Equal([], Scripts().Where(s => !File.ReadLines(s).Contains("#:property VaalPatchTorchSharp=false")));
    }

    private static IEnumerable<string> Scripts() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "build"), "*.cs", SearchOption.AllDirectories)
            .Where(f => File.ReadLines(f).Any(l => l.StartsWith("#:", StringComparison.Ordinal)));

    [GeneratedRegex("\"(\\.\\./[^\"]+)\"")]
    private static partial Regex Relative();
}
