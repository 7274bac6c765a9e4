using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vaal.Tests.House;

/// <summary>What the XML files beside the assemblies say to users of the packages.</summary>
public sealed partial class XmlDocumentationTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] Packages =
        ["Vaal", "Vaal.Core", "Vaal.Data", "Vaal.Workspaces", "Vaal.Experiments", "Vaal.Reports", "Vaal.Web",
            "Vaal.Cluster"];

    /// <summary>A link to what is not public leads nowhere for them.</summary>
    [Fact]
    public void PublicMembers_LinkToPublicMembersOnly()
    {
        var open = Packages.SelectMany(name => Visible(Assembly.Load(name))).ToHashSet();
        Assert.Contains("Vaal.Data.Pool.Label/2", open);
        Assert.DoesNotContain("Vaal.Data.ImageSet.Margin/0", open);
        var links =
            (from package in Packages
             let file = Path.Combine(AppContext.BaseDirectory, $"{package}.xml")
             from member in XDocument.Load(file).Descendants("member")
             let of = member.Attribute("name")!.Value
             where open.Contains(Key(of))
             from link in member.Descendants().Attributes("cref")
             select (Of: of, To: link.Value)).ToList();
        Assert.True(links.Count > 100, $"{links.Count} links");
        Assert.Empty(links
            .Where(l => l.To[2..].StartsWith("Vaal", StringComparison.Ordinal) && !open.Contains(Key(l.To)))
            .Select(l => $"{l.Of} links to {l.To}"));
    }

    private static IEnumerable<string> Visible(Assembly assembly) => assembly.GetExportedTypes().SelectMany(type =>
    {
        var name = type.FullName!.Replace('+', '.');
        return type.GetMembers(All).Where(IsOpen).Select(m => $"{name}.{m.Name.Replace('.', '#')}/{Parameters(m)}")
            .Prepend(name);
    });

    private static bool IsOpen(MemberInfo member) => member switch
    {
        MethodBase m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly,
        PropertyInfo p => p.GetAccessors(nonPublic: true).Any(IsOpen),
        FieldInfo f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly,
        EventInfo e => IsOpen(e.AddMethod!),
        _ => false,
    };

    private static int Parameters(MemberInfo member) => member switch
    {
        MethodBase m => m.GetParameters().Length,
        PropertyInfo p => p.GetIndexParameters().Length,
        _ => 0,
    };

    // M:Vaal.Data.Pool.Label(System.Int32,System.Int32): the name, and how many parameters there are
    private static string Key(string id)
    {
        var name = id[2..].Split('~')[0];
        if (id[0] == 'T') return name;
        var (at, depth, count) = (name.IndexOf('('), 0, 0);
        if (at < 0) return WithoutArity().Replace(name, "") + "/0";
        foreach (var c in name[(at + 1)..^1])
        {
            if (count == 0) count = 1;
            if (c is '{' or '[' or '(') depth++;
            else if (c is '}' or ']' or ')') depth--;
            else if (c == ',' && depth == 0) count++;
        }
        return $"{WithoutArity().Replace(name[..at], "")}/{count}";
    }

    [GeneratedRegex("``[0-9]+$")]
    private static partial Regex WithoutArity();
}
