namespace Vaal.Tests.House;

/// <summary>A folder says what may live in it: each test is in a folder that CONTRIBUTING.md lists, with its namespace,
/// so that <c>--filter-namespace</c> runs the tests of one floor.</summary>
public sealed class TestFoldersTests
{
    private static string Tests => Path.Combine(Repository.Root, "tests", "Vaal.Tests");

    [Fact]
    public void TestFiles_AreInAFolderThatIsListed_WithItsNamespace()
    {
        var listed = File.ReadAllText(Path.Combine(Repository.Root, "CONTRIBUTING.md"));
        Assert.Equal([], Repository.Code().Where(f => f.StartsWith(Tests + "/", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(Tests, f).Replace('\\', '/')).Where(f => f != "Usings.cs")
            .Select(f => Fault(f, File.ReadAllText(Path.Combine(Tests, f)), listed)).OfType<string>());
    }

    [Theory]
    [InlineData("Data/ATests.cs", "namespace Vaal.Tests.Data;", null)]
    [InlineData("Support/A.cs", "namespace Vaal.Tests;", null)]
    [InlineData("ATests.cs", "namespace Vaal.Tests;", "ATests.cs: expected it in a folder, such as Core")]
    [InlineData("New/ATests.cs", "namespace Vaal.Tests.New;", "New/ATests.cs: expected its folder in CONTRIBUTING.md")]
    [InlineData("Data/ATests.cs", "namespace Vaal.Tests;", "Data/ATests.cs: expected namespace Vaal.Tests.Data")]
    public void Fault_OfAFile_SaysWhatIsExpected(string file, string source, string? fault) =>
        Assert.Equal(fault, Fault(file, source, "| `Core/` | … |\n| `Data/`, `Labels/` | … |\n| `Support/` | … |"));

    private static string? Fault(string file, string source, string listed)
    {
        var folder = file.Split('/')[0];
        if (folder == file) return $"{file}: expected it in a folder, such as Core";
        if (!listed.Contains($"`{folder}/`", StringComparison.Ordinal))
            return $"{file}: expected its folder in CONTRIBUTING.md";
        var expected = folder == "Support" ? "Vaal.Tests" : $"Vaal.Tests.{folder}";
        return source.Split('\n').Any(l => l.TrimEnd('\r') == $"namespace {expected};")
            ? null : $"{file}: expected namespace {expected}";
    }
}
