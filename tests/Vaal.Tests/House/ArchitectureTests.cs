using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vaal.Tests.House;

/// <summary>The floors of the house: which project may use which, and where torch may be named.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Vaal.Core"] = [],
        ["Vaal.Data"] = ["Vaal.Core"],
        ["Vaal"] = ["Vaal.Data"],
        ["Vaal.Workspaces"] = ["Vaal.Data"],
        ["Vaal.Experiments"] = ["Vaal"],
        ["Vaal.Reports"] = ["Vaal.Experiments", "Vaal.Workspaces"],
        ["Vaal.Web"] = ["Vaal.Reports"],
        ["Vaal.Cluster"] = ["Vaal.Experiments", "Vaal.Workspaces"],
        ["Vaal.Cli"] = ["Vaal.Cluster", "Vaal.Web"],
    };

    private static string Source => Path.Combine(Repository.Root, "src");

    [Fact]
    public void Projects_ReferenceOnlyTheFloorsBelow()
    {
        var found = Directory.EnumerateFiles(Source, "*.csproj", SearchOption.AllDirectories).ToDictionary(
            f => Path.GetFileNameWithoutExtension(f),
            f => XDocument.Load(f).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).Order().ToArray());
        Assert.Equal(Below.Keys.Order(), found.Keys.Order());
        Assert.All(found, project => Assert.Equal(Below[project.Key].Order(), project.Value));
    }

    [Fact]
    public void Sources_NameTorch_OnlyInVaal()
    {
        var elsewhere = Files()
            .Where(f => Project(f) != "Vaal" && File.ReadAllText(f).Contains("TorchSharp", StringComparison.Ordinal));
        Assert.Empty(elsewhere);
    }

    /// <summary>The tool reads them once, and hands options on.</summary>
    [Fact]
    public void Libraries_ReadNoEnvironmentVariable()
    {
        var readers = Files().Where(f => Project(f) != "Vaal.Cli" && Reading().IsMatch(File.ReadAllText(f)))
            .Select(f => Path.GetRelativePath(Source, f));
        Assert.Empty(readers);
    }

    [GeneratedRegex(@"\b(Get|Expand)EnvironmentVariables?\b")]
    private static partial Regex Reading();

    [Theory]
    [InlineData("Vaal.Core")]
    [InlineData("Vaal.Data")]
    [InlineData("Vaal.Workspaces")]
    public void Floor_WithoutTorch_DoesNotLoadIt(string floor)
    {
        var needs = Assembly.Load(floor).GetReferencedAssemblies().Select(a => a.Name!);
        Assert.DoesNotContain("TorchSharp", needs);
    }

    [Fact]
    public void CommandLine_SeesNoInternals()
    {
        var friends = Below.Keys.SelectMany(p => Assembly.Load(p).GetCustomAttributes<InternalsVisibleToAttribute>());
        Assert.DoesNotContain("Vaal.Cli", friends.Select(f => f.AssemblyName));
    }

    [Fact]
    public void Namespaces_AreFolders()
    {
        var wrong = Files().Where(f => Declared(f) is { } name && name != Expected(f))
            .Select(f => Path.GetRelativePath(Source, f));
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Where(f => !Path.GetRelativePath(Source, f).Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"));

    private static string Project(string file) =>
        Path.GetRelativePath(Source, file).Split(Path.DirectorySeparatorChar)[0];

    private static string? Declared(string file) => File.ReadLines(file)
        .FirstOrDefault(l => l.StartsWith("namespace ", StringComparison.Ordinal))?["namespace ".Length..].TrimEnd(';');

    // the root of Vaal.Core is the namespace Vaal: what every part uses is named without a using
    private static string Expected(string file)
    {
        var parts = Path.GetDirectoryName(Path.GetRelativePath(Source, file))!.Split(Path.DirectorySeparatorChar);
        return string.Join('.', parts[0] == "Vaal.Core" ? ["Vaal", .. parts[1..]] : parts);
    }
}
