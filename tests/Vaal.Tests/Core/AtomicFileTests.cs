using System.Text;

namespace Vaal.Tests.Core;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vaal-atomic-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Target => Path.Combine(_folder, "state.json");

    [Fact]
    public void WriteAllText_NewFile_HoldsUtf8WithoutByteOrderMark()
    {
        AtomicFile.WriteAllText(Target, "µ");
        Assert.Equal([0xC2, 0xB5], File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Create_FolderIsMissing_MakesIt()
    {
        var path = Path.Combine(_folder, "a", "b", "x.bin");
        AtomicFile.WriteAllBytes(path, new byte[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void Create_WriterThrowsHalfWay_KeepsOldFileAndNoTemporary()
    {
        AtomicFile.WriteAllText(Target, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Create(Target, file =>
        {
            file.Write("half"u8);
            file.Flush();
            Assert.Equal("old", File.ReadAllText(Target));
            throw new InvalidOperationException("killed");
        }));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Create_DiskIsFull_SaysSoInOneLineAndKeepsOldFile()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs Linux's /dev/full for a genuine 'no space left'");
        AtomicFile.WriteAllText(Target, "old");
        var e = Assert.Throws<InputException>(() => AtomicFile.Create(Target, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            full.Write("x"u8);
        }));
        Assert.StartsWith("no space left on the disk of " + _folder, e.Message, StringComparison.Ordinal);
        Assert.True(AtomicFile.IsDiskFull(e));
        Assert.True(AtomicFile.IsDiskFull(e.InnerException!));
        Assert.False(AtomicFile.IsDiskFull(new InputException("no such file", new FileNotFoundException())));
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    /// <summary>A name may have 255 bytes, and the temporary one has more around it.</summary>
    [Fact]
    public void Create_LongestName_IsWrittenAndItsLeftoverSwept()
    {
        var path = Path.Combine(_folder, new string('n', 251) + ".csv");
        var left = "";
        AtomicFile.Create(path, file =>
        {
            file.Write("old"u8);
            left = Assert.Single(Directory.GetFiles(_folder));
        });
        File.WriteAllText(left, "part");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-2));

        AtomicFile.WriteAllText(path, "new");

        Assert.Equal([path], Directory.GetFiles(_folder));
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void Create_FileWhereAFolderIsNeeded_IsNamed()
    {
        File.WriteAllText(Target, "mine");
        var path = Path.Combine(Target, "below", "x.csv");
        Assert.Equal($"cannot write {path}: {Target} is a file, expected a folder; choose another place",
            Assert.Throws<InputException>(() => AtomicFile.WriteAllText(path, "x")).Message);
        Assert.Equal("mine", File.ReadAllText(Target));
    }

    [Fact]
    public void Create_FolderThatTakesNoFiles_NamesTheTargetAlone()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs Linux's /proc, in which no file can be made");
        Assert.Equal("cannot write /proc/x.csv: no file can be made there; choose another place",
            Assert.Throws<InputException>(() => AtomicFile.WriteAllText("/proc/x.csv", "x")).Message);
    }

    /// <summary>What the writer itself reads may fail too, and says why.</summary>
    [Fact]
    public void Create_WriterCannotRead_KeepsItsReason() => Assert.Throws<FileNotFoundException>(() =>
        AtomicFile.Create(Target, _ => File.OpenRead(Path.Combine(_folder, "none")).Dispose()));

    [Fact]
    public void Create_TemporaryLeftByAKilledProcess_IsSweptOnceItIsOld()
    {
        var old = Path.Combine(_folder, ".state.json.0123.tmp");
        var young = Path.Combine(_folder, ".state.json.elsewhere-4567.tmp");
        var other = Path.Combine(_folder, ".other.json.0123.tmp");
        foreach (var path in new[] { old, young, other }) File.WriteAllText(path, "part");
        foreach (var path in new[] { old, other }) File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-2));
        // another machine may write it, and its locks are not seen here
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddMinutes(-50));

        AtomicFile.WriteAllText(Target, "new");

        Assert.Equal(
            new[] { other, young, Target }.Order(StringComparer.Ordinal), Directory.GetFiles(_folder)
            .Order(StringComparer.Ordinal));
    }

    /// <summary>The name is no pattern: <c>a*.csv</c> has nothing to do with <c>ab.csv</c>.</summary>
    [Fact]
    public void Create_NameWithAnAsterisk_SweepsNoFilesOfOthers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no name has an asterisk there");
        var other = Path.Combine(_folder, ".ab.csv.note.tmp");
        File.WriteAllText(other, "mine");
        File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddHours(-2));
        var path = Path.Combine(_folder, "a*.csv");
        AtomicFile.WriteAllText(path, "new");
        Assert.Equal(
            new[] { other, path }.Order(StringComparer.Ordinal), Directory.GetFiles(_folder)
            .Order(StringComparer.Ordinal));
    }

    /// <summary>It may be as large as the disk, so it does not stay for an hour.</summary>
    [Fact]
    public void Create_TemporaryOfAKilledProcess_IsSweptUnlessItsWriterHoldsIt()
    {
        var left = Path.Combine(_folder, $".state.json.{Environment.MachineName}-0123.tmp");
        var held = Path.Combine(_folder, $".state.json.{Environment.MachineName}-4567.tmp");
        foreach (var path in new[] { left, held })
        {
            File.WriteAllText(path, "part");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-1));
        }
        using var writer = new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        AtomicFile.WriteAllText(Target, "new");

        Assert.Equal(new[] { held, Target }.Order(StringComparer.Ordinal), Directory.GetFiles(_folder)
            .Order(StringComparer.Ordinal));
    }

    /// <summary>Of all that a system may say, this alone is a reason to wait.</summary>
    [Fact]
    public void IsHeld_OnlyOfAFileThatAnotherStreamHolds()
    {
        using var held = new FileStream(Target, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Assert.True(AtomicFile.IsHeld(Assert.ThrowsAny<IOException>(() => Alone(Target))));
        File.CreateSymbolicLink(Path.Combine(_folder, "loop"), "loop");
        foreach (var path in new[] { Path.Combine(_folder, "loop"), Path.Combine(_folder, "none") })
            Assert.False(AtomicFile.IsHeld(Assert.ThrowsAny<IOException>(() => Alone(path))));

        static FileStream Alone(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public async Task Create_ReadersWhileItIsReplaced_SeeOldOrNewNeverAPart()
    {
        var (a, b) = (new string('a', 50_000), new string('b', 50_000));
        AtomicFile.WriteAllText(Target, a);
        using var stop = new CancellationTokenSource();
        var reads = 0;
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var text = File.ReadAllText(Target, Encoding.UTF8);
                Assert.True(text == a || text == b);
                reads++;
            }
        });
        for (var i = 0; i < 30 || Volatile.Read(ref reads) < 10; i++)
            AtomicFile.WriteAllText(Target, i % 2 == 0 ? b : a);
        await stop.CancelAsync();
        await reader;
    }

    /// <summary>What a user keeps is written through <see cref="AtomicFile"/>. The others write what is moved into its
    /// place as a whole, what is continued after a stop, or locks.</summary>
    [Fact]
    public void Sources_WriteFiles_ThroughAtomicFile()
    {
        string[] others =
        [
            "AtomicFile.cs", "PeakMemory.cs",                                         // writes to /proc only
            "Download.cs", "DataStore.cs", "TarArchive.cs", "Sources.Zip.cs", "ExportFolder.cs", "ResultsDatabase.cs",
            "FeatureFile.cs", "WorkspaceLock.cs", "RunFolder.cs", "PackedCache.cs",
        ];
        var offences = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs",
            SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !others.Contains(Path.GetFileName(f)))
            .SelectMany(f => File.ReadLines(f).Where(l => System.Text.RegularExpressions.Regex.IsMatch(l,
                @"(?<![.\w])(System\.IO\.)?File\.(Write|Append|Create\(|CreateText|OpenWrite|Copy|Move|Replace)"
                + @"|FileMode\.(Append|Create|CreateNew|OpenOrCreate|Truncate)\b|new StreamWriter\(""?[Pp]ath"))
                .Select(l => $"{f}: {l.Trim()}"));
        Assert.Empty(offences);
    }
}
