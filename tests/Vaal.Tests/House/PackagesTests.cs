using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace Vaal.Tests.House;

/// <summary>
/// The packed library works in a program elsewhere with nothing else done: the README's example on the packages of this
/// build, in an empty folder, with the local feed beside the ordinary one.
/// </summary>
[Trait("Category", "Slow")]
public sealed class PackagesTests
{
    private static readonly string[] Libraries =
        ["Vaal.Core", "Vaal.Data", "Vaal", "Vaal.Workspaces", "Vaal.Experiments", "Vaal.Reports"];

    [Fact]
    public void PackedLibrary_InAProgramInAnEmptyFolder_RunsTheReadmesExample()
    {
        var linux64 = OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64;
        Assert.SkipUnless(linux64, "the example's libtorch is for Linux x64");
        var cache = DotnetProgram.Cache;
        Assert.False(Directory.Exists(Path.Combine(cache, "vaal")), $"expected no package vaal in {cache}; delete it");
        using var folder = new TemporaryFolder(onDisk: true);
        Pack(folder);
        WriteProgram(folder);
        for (var i = 0; i < 60; i++)
        {
            var photo = TestImages.Rgb(40, 30, (byte)(i * 4), (byte)(255 - i * 3), (byte)(i * 37));
            folder.Write($"app/photos/{i:00}.png", photo);
        }

        DotnetProgram.Run(folder["app"], folder["packages"], "build", "-c", "Release");
        var program = Path.Combine("bin", "Release", "net10.0", "app.dll");
        var printed = DotnetProgram.Run(folder["app"], folder["packages"], program, "photos");

        var lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20, lines.Distinct().Count());
        Assert.All(lines, l => Assert.Matches("^[0-5][1-9].png$", l));
        Assert.Equal([], Unpatched(folder["app/bin"]));
        Assert.Equal(["TorchSharp.dll", "libLibTorchSharp.so"],
            Directory.EnumerateFiles(folder[$"app/obj/Release/net10.0/torch/{TorchSharpVersion()}"])
                .Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void PackageReadme_HasTheReadmesExample()
    {
        var package = File.ReadAllText(Path.Combine(Repository.Root, "build", "package", "README.md"));
        Assert.Equal(Example(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))), Example(package));
    }

    [Fact]
    public void Libraries_AreThePackableProjects()
    {
        var source = Path.Combine(Repository.Root, "src");
        var projects = Directory.EnumerateFiles(source, "*.csproj", SearchOption.AllDirectories)
            .Where(p => File.ReadAllText(p) is var text && !text.Contains("PackAsTool", StringComparison.Ordinal)
                && !text.Contains("<IsPackable>false", StringComparison.Ordinal));
        Assert.Equal(Libraries.Order(), projects.Select(p => Path.GetFileNameWithoutExtension(p)!).Order());
    }

    /// <summary>Without one, NuGet writes "Package Description".</summary>
    [Fact]
    public void Projects_EveryOne_HasADescription() =>
        Assert.All(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj",
            SearchOption.AllDirectories), project => Assert.False(string.IsNullOrWhiteSpace(
                Assert.Single(XDocument.Load(project).Descendants("Description")).Value)));

    /// <summary>Files of another version are other files, whatever their times.</summary>
    [Fact]
    public void FontFolder_IsOfThePackagesVersion()
    {
        var targets = XDocument.Load(Path.Combine(Repository.Root, "build", "Fonts.targets"));
        Assert.Contains("/$(InterFontVersion)/", Assert.Single(targets.Descendants("_FontFolder")).Value,
            StringComparison.Ordinal);
    }

    private static string TorchSharpVersion() =>
        XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(p => p.Attribute("Include")?.Value == "TorchSharp").Attribute("Version")!.Value;

    // as dotnet pack --no-build does, but for all of them in one process
    private static void Pack(TemporaryFolder folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var projects = Libraries.Select(l => Path.Combine(Repository.Root, "src", l, $"{l}.csproj"));
        var all = folder.Write("pack.proj", $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{string.Join(';', projects)}" Targets="Pack"
                  Properties="Configuration={configuration};NoBuild=true;_IsPacking=true;
                    PackageOutputPath={folder["feed"]}" />
              </Target>
            </Project>
            """);
        DotnetProgram.Run(Repository.Root, cache: null, "msbuild", all, "-t:Pack", "-nologo", "-v:quiet");
    }

    private static void WriteProgram(TemporaryFolder folder)
    {
        folder.Write("app/nuget.config", """
            <configuration><packageSources><add key="local" value="../feed" /></packageSources></configuration>
            """);
        folder.Write("app/app.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Vaal" Version="0.1.0" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
              </ItemGroup>
            </Project>
            """);
        folder.Write("app/Program.cs", $"""
            using Vaal;
            using Vaal.Data;
            using Vaal.Strategies;
            using Vaal.Training;

            var folder = args[0];
            {Example(File.ReadAllText(Path.Combine(Repository.Root, "README.md")))}
            """);
    }

    private static string Example(string page) => page.Split("```csharp\n")[1].Split("```")[0];

    /// <summary>Copies of TorchSharp's library in the output that would not load on Debian 12.</summary>
    private static IEnumerable<string> Unpatched(string folder)
    {
        var copies = Directory.EnumerateFiles(folder, "libLibTorchSharp.so", SearchOption.AllDirectories).ToList();
        if (copies.Count == 0) yield return $"expected libLibTorchSharp.so below {folder}, found none";
        foreach (var copy in copies)
        {
            var elf = File.ReadAllBytes(copy);
            var shipped = elf.ToArray();
            var needs = ElfVersionNeeds.Weaken(elf, "GLIBCXX_3.4.32");
            if (needs != 1 || !elf.AsSpan().SequenceEqual(shipped)) yield return copy;
        }
    }
}
