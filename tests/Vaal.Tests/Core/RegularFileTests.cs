using System.Diagnostics;
using System.Text.RegularExpressions;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Formats;
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
        ["x.jpg"] = path => throw new IOException(
            ImageDecoder.Decode(path, new byte[ImageDecoder.ImageBytes(new())], new()).Problem),
        ["y.jpg"] = path => Says(ImageDecoder.SizeOf(path) is null),
        ["mask.png"] = path => throw new IOException(
            MaskDecoder.Decode(path, new byte[ImageDecoder.ImageBytes(new())], MaskIds.InOrder(2), new()).Problem),
        ["_classes.csv"] = path => Says(!RoboflowMasks.AreIn(Path.GetDirectoryName(path)!)),
    };

    // readers that throw nothing
    private static void Says(bool refused) => throw new IOException(refused ? "is a pipe or a device" : "was read");

    public static TheoryData<string> Readers => [.. _readers.Keys];

    [Theory, MemberData(nameof(Readers))]
    public void Reader_Pipe_IsRefusedAtOnce(string name)
    {
        if (OperatingSystem.IsWindows()) return;
        Process.Start("mkfifo", [_folder[name]]).WaitForExit();
        Refuses(name);
    }

    [Theory, MemberData(nameof(Readers))]
    public void Reader_LinkToAPipe_IsRefusedAtOnce(string name)
    {
        if (OperatingSystem.IsWindows()) return;
        Process.Start("mkfifo", [_folder["pipe"]]).WaitForExit();
        File.CreateSymbolicLink(_folder[name], "pipe");
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

    /// <summary>Skia opens whatever it is given.</summary>
    [Fact]
    public void Sources_OpenPictures_ThroughImageDecoder() => Assert.DoesNotContain(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && Path.GetFileName(f) != "ImageDecoder.cs"),
        f => Regex.IsMatch(File.ReadAllText(f), @"SKCodec\.Create\(path|SKFileStream\.|SKBitmap\.Decode"));

    /// <summary>Whoever opens a file that somebody names asks <see cref="RegularFile"/>.</summary>
    [Fact]
    public void Sources_ReadFiles_ThroughRegularFile()
    {
        string[] kernel = ["PeakMemory.cs", "RegularFile.cs", "Workspace.Images.cs"];      // read /proc and /etc only
        string[] own = ["AtomicFile.cs", "PackedFile.Writer.cs", "WorkspaceLock.cs"];     // look who holds vaal's files
        // share a file in a way that RegularFile does not
        string[] asking = ["Npy.cs", "PackedFile.cs", "PixelStore.cs", "FeatureFile.cs", "FeatureFile.Some.cs"];
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs",
            SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).ToList();
        Assert.Empty(Offences(kernel,
            @"(?<![.\w])(System\.IO\.)?File\.(Open|OpenRead|OpenText|ReadAll\w+|ReadLines)\("));
        Assert.Empty(Offences([.. kernel, .. own, .. asking], @"\bFileMode\.Open\b"));
        Assert.All(asking, name => Assert.Contains("RegularFile.Info(",
            File.ReadAllText(sources.Single(f => Path.GetFileName(f) == name)), StringComparison.Ordinal));

        IEnumerable<string> Offences(string[] others, string pattern) =>
            from file in sources
            where !others.Contains(Path.GetFileName(file))
            from line in File.ReadLines(file)
            where Regex.IsMatch(line, pattern)
            select $"{file}: {line.Trim()}";
    }
}
