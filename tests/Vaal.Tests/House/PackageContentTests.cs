using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Vaal.Tests.House;

/// <summary>
/// What a package holds when its sources come from a repository with a remote: the commit, the way to each source, and
/// no path of the machine that built it. A clone without a remote has no address for SourceLink. So the symbols hold
/// the sources too.
/// </summary>
[Trait("Category", "Slow")]
public sealed class PackageContentTests(PackageContentTests.Packed packed)
    : IClassFixture<PackageContentTests.Packed>
{
    private static readonly Guid
        SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A"),
        EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [Fact]
    public void Package_HasAReadmeAnIconNoticesAndDocumentation() =>
        Assert.Subset(packed.Package.Keys.ToHashSet(), new HashSet<string>
        {
            "README.md", "icon.png", "THIRD-PARTY-NOTICES.md", "lib/net10.0/Vaal.Core.dll", "lib/net10.0/Vaal.Core.xml",
        });

    [Fact]
    public void Nuspec_NamesTheReadmeTheIconTheLicenceAndTheCommit()
    {
        var metadata = XElement.Load(new MemoryStream(packed.Package["Vaal.Core.nuspec"])).Elements().Single();
        string? Of(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;
        Assert.Equal(("README.md", "icon.png", "MIT"), (Of("readme"), Of("icon"), Of("license")));
        var repository = metadata.Elements().Single(e => e.Name.LocalName == "repository");
        Assert.Equal(("git", Packed.Remote, packed.Commit), ((string?)repository.Attribute("type"),
            (string?)repository.Attribute("url"), (string?)repository.Attribute("commit")));
    }

    [Fact]
    public void Symbols_SourceLink_LeadsToTheCommit()
    {
        var link = packed.Symbols(reader => Assert.Single(Blobs(reader, SourceLink)));
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(link.Value));
        var documents = json.RootElement.GetProperty("documents");
        Assert.Equal($"https://raw.githubusercontent.com/example/vaal/{packed.Commit}/*",
            documents.GetProperty("/_/*").GetString());
    }

    [Fact]
    public void Symbols_EverySource_IsEmbeddedUnderAPathOfNoMachine()
    {
        var (paths, embedded) = packed.Symbols(reader => (
            reader.Documents.Select(d => reader.GetString(reader.GetDocument(d).Name)).ToList(),
            Blobs(reader, EmbeddedSource).Count));
        Assert.Contains("/_/src/Vaal.Core/Seeds.cs", paths);
        Assert.All(paths, path => Assert.StartsWith("/_", path, StringComparison.Ordinal));
        Assert.Equal(paths.Count, embedded);
    }

    [Fact]
    public void Library_IsMarkedAsReproducible()
    {
        using var library = new PEReader(new MemoryStream(packed.Package["lib/net10.0/Vaal.Core.dll"]));
        Assert.Contains(library.ReadDebugDirectory(), e => e.Type == DebugDirectoryEntryType.Reproducible);
        Assert.DoesNotContain(packed.Folder, Encoding.Latin1.GetString(packed.Package["lib/net10.0/Vaal.Core.dll"]),
            StringComparison.Ordinal);
    }

    private static List<KeyValuePair<EntityHandle, byte[]>> Blobs(MetadataReader reader, Guid kind) =>
        [.. reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(c => reader.GetGuid(c.Kind) == kind)
            .Select(c => KeyValuePair.Create(c.Parent, reader.GetBlobBytes(c.Value)))];

    /// <summary>The lowest library, packed from a repository of its own whose remote is on GitHub. Nothing asks the
    /// remote.</summary>
    public sealed class Packed : IDisposable
    {
        public const string Remote = "https://github.com/example/vaal";
        private readonly TemporaryFolder _folder = new();

        public Packed()
        {
            Copy(Repository.Root, "", SearchOption.TopDirectoryOnly);
            Copy(Path.Combine(Repository.Root, "build"), "build", SearchOption.AllDirectories);
            Copy(Path.Combine(Repository.Root, "src"), "src", SearchOption.TopDirectoryOnly);
            Copy(Path.Combine(Repository.Root, "src", "Vaal.Core"), "src/Vaal.Core", SearchOption.AllDirectories);
            DotnetProgram.Git(Clone, "init", "-q");
            DotnetProgram.Git(Clone, "add", "-A");
            DotnetProgram.Git(Clone, "commit", "-q", "-m", "sources");
            DotnetProgram.Git(Clone, "remote", "add", "origin", Remote);
            Commit = DotnetProgram.Git(Clone, "rev-parse", "HEAD").Trim();
            DotnetProgram.Run(Clone, cache: null, "pack", "src/Vaal.Core", "-o", _folder["feed"],
                "-p:UseSharedCompilation=false");
            Package = Unpacked("Vaal.Core.0.1.0.nupkg");
        }

        public string Commit { get; }

        public string Folder => _folder.Path;

        /// <summary>The files of the package by name.</summary>
        public IReadOnlyDictionary<string, byte[]> Package { get; }

        private string Clone => _folder["clone"];

        public T Symbols<T>(Func<MetadataReader, T> read)
        {
            var pdb = Unpacked("Vaal.Core.0.1.0.snupkg")["lib/net10.0/Vaal.Core.pdb"];
            using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(pdb));
            return read(provider.GetMetadataReader());
        }

        public void Dispose() => _folder.Dispose();

        private Dictionary<string, byte[]> Unpacked(string file)
        {
            using var zip = ZipFile.OpenRead(Path.Combine(_folder["feed"], file));
            return zip.Entries.ToDictionary(e => e.FullName, e =>
            {
                using var content = e.Open();
                var bytes = new MemoryStream();
                content.CopyTo(bytes);
                return bytes.ToArray();
            });
        }

        private void Copy(string from, string to, SearchOption depth)
        {
            foreach (var file in Directory.EnumerateFiles(from, "*", depth))
            {
                var path = Path.GetRelativePath(from, file);
                if (path.Split(Path.DirectorySeparatorChar).Any(f => f is "bin" or "obj" or ".git")) continue;
                _folder.Write(Path.Combine("clone", to, path), File.ReadAllBytes(file));
            }
        }
    }
}
