using System.Diagnostics;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Labels;
using Vaal.Encoders;
using Vaal.Experiments;

namespace Vaal.Tests.Core;

/// <summary>A pipe waits without end, and a device has none: every reader refuses them before it opens them.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly Dictionary<string, Action<string>> _readers = new()
    {
        ["x.npy"] = path => Npy.Read(path, 3),
        ["x.onnx"] = path => OnnxFile.Read(path),
        ["y.onnx"] = path => OnnxFile.Known(path, "", ""),
        ["x.png"] = path => IndexedPng.Read(path, 100),
        ["x.features"] = path => FeatureFile.Open(path, new string('a', 64), 2),
        ["x.pixels"] = path => PackedFile.Open(path, new LoadOptions()),
        ["y.pixels"] = path => throw new IOException(PackedFile.ProblemOf(path)),
        ["x.csv"] = path => LabelFormats.Import(path, null, ImportContext.Empty),
        ["x.zip"] = path => LabelFormats.Import(path, null, ImportContext.Empty),
        ["x.json"] = path => LabelFormats.Import(path, "coco", ImportContext.Empty),
        ["bench.json"] = path => BenchConfig.Read(path, null),
        ["results.csv"] = path => CsvText.Rows(RegularFile.ReadAllText(path), ',').ToList(),
        ["lines.txt"] = path => RegularFile.ReadAllLines(path),
    };

    public static TheoryData<string> Readers => [.. _readers.Keys];

    [Theory, MemberData(nameof(Readers))]
    public void Reader_Pipe_IsRefusedAtOnce(string name)
    {
        if (OperatingSystem.IsWindows()) return;
        Process.Start("mkfifo", [_folder[name]]).WaitForExit();
        Refuses(name);
    }

    [Theory, MemberData(nameof(Readers))]
    public void Reader_LinkToADeviceWithoutEnd_IsRefusedAtOnce(string name)
    {
        if (OperatingSystem.IsWindows()) return;
        File.CreateSymbolicLink(_folder[name], "/dev/zero");
        Refuses(name);
    }

    private void Refuses(string name)
    {
        Exception? thrown = null;
        var reading = new Thread(() =>
        {
            try { _readers[name](_folder[name]); }
            catch (Exception e) { thrown = e; }
        })
        { IsBackground = true };
        reading.Start();
        Assert.True(reading.Join(TimeSpan.FromMinutes(2)), "it waits");
        Assert.True(thrown is InputException or IOException, $"{thrown}");
        Assert.Contains("is a pipe or a device", thrown!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_FilesEmptyOnesAndLinksToThem_AreRegular()
    {
        _folder.Write("a", "x");
        _folder.Write("empty", "");
        File.CreateSymbolicLink(_folder["link"], "a");
        File.CreateSymbolicLink(_folder["loop"], "loop");
        Assert.All(["a", "empty", "link"], name => Assert.True(RegularFile.Is(_folder[name])));
        Assert.All(["none", "loop", ""], name => Assert.False(RegularFile.Is(_folder[name])));
        Assert.Equal("", RegularFile.ReadAllText(_folder["empty"]));
        Assert.Throws<FileNotFoundException>(() => RegularFile.OpenRead(_folder["none"]));
        Assert.Contains("is a folder; expected a file",
            Assert.Throws<IOException>(() => RegularFile.OpenRead(_folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever opens a file that somebody names asks <see cref="RegularFile"/>.</summary>
    [Fact]
    public void Sources_ReadFiles_ThroughRegularFile()
    {
        string[] kernel = ["PeakMemory.cs", "RegularFile.cs", "Workspace.Images.cs"];      // read /proc and /etc only
        var offences = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs",
            SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !kernel.Contains(Path.GetFileName(f)))
            .SelectMany(f => File.ReadLines(f).Where(l => System.Text.RegularExpressions.Regex.IsMatch(l,
                @"(?<![.\w])File\.(OpenRead|OpenText|ReadAll\w+|ReadLines)\(")).Select(l => $"{f}: {l.Trim()}"));
        Assert.Empty(offences);
    }
}
