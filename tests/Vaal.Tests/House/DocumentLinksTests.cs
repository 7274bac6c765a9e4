using System.Text.RegularExpressions;

namespace Vaal.Tests.House;

/// <summary>A relative link in a document leads to a file of the repository, and its anchor to a heading.</summary>
public sealed partial class DocumentLinksTests
{
    [Fact]
    public void Documents_RelativeLinks_LeadToFilesAndHeadings()
    {
        var faults = from page in Repository.Documents()
                     from link in Links(Path.Combine(Repository.Root, page))
                     where Fault(Path.Combine(Repository.Root, page), link) is not null
                     select $"{page}: {link} {Fault(Path.Combine(Repository.Root, page), link)}";
        Assert.Equal([], faults);
    }

    /// <summary>A link to a folder reaches every page in it.</summary>
    [Fact]
    public void Documents_EveryPage_IsLinkedFromAnother()
    {
        var linked = Repository.Documents().SelectMany(Targets).ToHashSet();
        Assert.Equal([], Repository.Documents().Where(p => p != "README.md" && p != "THIRD-PARTY-NOTICES.md")
            .Where(p => !linked.Contains(p) && !linked.Contains(Path.GetDirectoryName(p)!)));
    }

    [Fact]
    public void Documents_EveryPicture_IsOnAPage()
    {
        var shown = Repository.Documents().SelectMany(Targets).ToHashSet();
        var pictures = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "images"))
            .Select(p => Path.GetRelativePath(Repository.Root, p));
        Assert.Equal([], pictures.Where(p => !shown.Contains(p)));
    }

    [Theory]
    [InlineData("README.md", "docs/nothing.md", "is not there")]
    [InlineData("README.md", "CHANGELOG.md#no-such-heading", "has no such heading")]
    [InlineData("README.md", "CHANGELOG.md#010-not-yet-released", null)]
    public void Fault_OfALink_SaysWhatIsMissing(string page, string link, string? fault) =>
        Assert.Equal(fault, Fault(Path.Combine(Repository.Root, page), link));

    private static string? Fault(string page, string link)
    {
        var (path, anchor) = (link.Split('#')[0], link.Contains('#') ? link.Split('#')[1] : "");
        var target = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
        if (!File.Exists(target) && !Directory.Exists(target)) return "is not there";
        if (anchor.Length == 0 || !File.Exists(target)) return null;
        var anchors = File.ReadLines(target).Where(l => l.StartsWith('#')).Select(l => Anchor(l.TrimStart('#').Trim()));
        return anchors.Contains(anchor) ? null : "has no such heading";
    }

    private static IEnumerable<string> Targets(string page)
    {
        var path = Path.Combine(Repository.Root, page);
        return Links(path).Select(l => Path.GetFullPath(l.Split('#')[0], Path.GetDirectoryName(path)!))
            .Where(t => t != path).Select(t => Path.GetRelativePath(Repository.Root, t));
    }

    /// <summary>As GitHub makes it: lower case, blanks to hyphens, other signs away.</summary>
    private static string Anchor(string heading)
    {
        var kept = heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_');
        return string.Concat(kept).Replace(' ', '-');
    }

    private static IEnumerable<string> Links(string page) =>
        Link().Matches(Code().Replace(File.ReadAllText(page), "")).Select(m => m.Groups[1].Value)
            .Where(l => !l.Contains("://"));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();
}
