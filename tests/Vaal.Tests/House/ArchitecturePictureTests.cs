using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vaal.Tests.House;

/// <summary>docs/architecture.md shows the projects as they are, and names methods that exist.</summary>
public sealed partial class ArchitecturePictureTests
{
    private const string End = "<!-- end of projects -->";

    private static readonly Dictionary<string, string> Natives = new()
    {
        ["SkiaSharp"] = "Skia",
        ["TorchSharp"] = "libtorch",
        ["Microsoft.ML.OnnxRuntime"] = "ONNX Runtime",
        ["Microsoft.Data.Sqlite"] = "SQLite",
    };

    private static string Page => Path.Combine(Repository.Root, "docs", "architecture.md");

    /// <summary>VAAL_ACCEPT_PICTURE=1 writes the picture.</summary>
    [Fact]
    public void Picture_OfTheProjects_FollowsTheProjectFiles()
    {
        var page = File.ReadAllText(Page);
        var picture = $"```mermaid\n{Picture()}```\n";
        if (Environment.GetEnvironmentVariable("VAAL_ACCEPT_PICTURE") == "1")
            File.WriteAllText(Page, page = Block().Replace(page, picture.Replace("$", "$$"), 1));
        Assert.Contains($"{picture}\n{End}", page);
    }

    [Fact]
    public void Walks_NameMethods_ThatExist()
    {
        var walks = File.ReadAllText(Page).Split("## Four walks")[1];
        var named = Member().Matches(walks).Select(m => (Type: m.Groups[1].Value, Member: m.Groups[2].Value)).ToList();
        Assert.True(named.Count > 25, $"expected more than 25 methods in the walks, found {named.Count}");
        var types = Projects().SelectMany(p => Assembly.Load(Name(p)).GetTypes()).ToLookup(t => t.Name);
        var missing = named.Where(n => !types[n.Type].Any(t => Has(t, n.Member)));
        Assert.Equal([], missing.Select(n => $"{n.Type}.{n.Member}"));
    }

    // a member of an interface that is implemented explicitly has the interface's name before its own
    private static bool Has(Type type, string member) => type
        .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static)
        .Any(m => m.Name == member || m.Name.EndsWith($".{member}", StringComparison.Ordinal));

    private static string Picture()
    {
        var lines = new List<string> { "flowchart TD" };
        foreach (var project in Projects())
        {
            var file = XDocument.Load(project);
            var natives = Includes(file, "PackageReference").Where(Natives.ContainsKey).Select(p => Natives[p]);
            lines.Add($"    {Node(project)}[\"{string.Join("<br>", natives.Prepend(Name(project)))}\"]");
            lines.AddRange(Includes(file, "ProjectReference").Select(r => $"    {Node(project)} --> {Node(r)}"));
        }
        return string.Concat(lines.Select(l => $"{l}\n"));
    }

    private static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    private static string Node(string project) => Name(project).Replace('.', '_');

    private static IEnumerable<string> Includes(XDocument project, string item) =>
        project.Descendants(item).Select(i => i.Attribute("Include")!.Value.Replace('\\', '/'));

    private static IEnumerable<string> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .OrderBy(p => Path.GetFileName(p), StringComparer.Ordinal);

    [GeneratedRegex("```mermaid\n.*?```\n", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"`([A-Z]\w+)\.(\w+)`")]
    private static partial Regex Member();
}
