using System.Text;
using Parquet;
using Parquet.Schema;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;

namespace Vaal.Tests.Encoders;

/// <summary>Features that others made, matched with images by their paths.</summary>
public sealed class ForeignFeaturesTests : IDisposable
{
    private static readonly List<SourceFile> Files = [new("a.png", 1, 1), new("below/b.png", 2, 2)];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Npy(string paths, params float[] values)
    {
        var rows = paths.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        _folder.Write("f.txt", paths);
        return _folder.Write("f.npy",
            [.. Header("<f4", rows, values.Length / rows), .. values.SelectMany(BitConverter.GetBytes)]);
    }

    private static byte[] Header(string type, int rows, int columns)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)];
    }

    // a whole table, whose numbers take no room on the disk
    private string Zeros(int columns, params string[] paths)
    {
        _folder.Write("f.txt", string.Join('\n', paths));
        using var file = File.Create(_folder["f.npy"]);
        file.Write(Header("<f2", paths.Length, columns));
        file.SetLength(file.Length + 2L * paths.Length * columns);
        return _folder["f.npy"];
    }

    /// <summary>600 MB, of which two rows are enough to see that one image stands there twice.</summary>
    [Fact]
    public void Npy_ManyRows_AreReadOneByOne() => Refused("expected each image once in",
        Zeros(1_000, [.. Enumerable.Range(0, 300_000).Select(i => i < 2 ? "a.png" : $"{i}.png")]),
        "found 'a.png' twice");

    private FeatureRows Read(string path) => ForeignFeatures.Of(_folder["features"], path, Files);

    private static void AreRight(FeatureRows rows)
    {
        Assert.Equal((2, 2), (rows.Count, rows.Dim));
        Assert.Equal([3, -4.5f, 1, 2], rows.Rows([0, 1]));
    }

    [Fact]
    public void Npy_PathsInAnyOrder_GoToTheirImages()
    {
        var path = Npy("below/b.png\n./a.png\nx.png\n", 1, 2, 3, -4.5f, 7, 8);
        using (var rows = Read(path)) AreRight(rows);
        // now from the folder of features
        using (var rows = Read(path)) AreRight(rows);
        Assert.Single(Directory.GetFiles(_folder["features"], "*.features"));
        Npy("a.png\nbelow/b.png\n", 1, 2, 5, 6);
        using var others = Read(path);
        Assert.Equal([1, 2, 5, 6], others.Rows([0, 1]));
        Assert.Equal(2, Directory.GetFiles(_folder["features"], "*.features").Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]                                                                 // as pyarrow writes lists
    public async Task Parquet_ListsOfNumbers_GoToTheirImages(bool nullable)
    {
        using (var rows = Read(await Lists("f.parquet", nullable))) AreRight(rows);
    }

    /// <summary>Of lists of 3 and 1 each image would have two numbers.</summary>
    [Theory]
    [InlineData(new[] { 0, 1, 1, 0, 0, 1 }, "expected lists of one length in", "found 3 and 1 numbers")]
    [InlineData(new[] { 0, 1, 0, 0, 1, 1 }, "expected lists of one length in", "found 2 and 1 numbers")]
    public async Task Parquet_ListsOfOtherLengths_AreRefused(int[] repeated, string problem, string rest) =>
        Refused(problem, await Lists("f.parquet", repeated: repeated), rest);

    [Fact]
    public async Task Parquet_GroupsOfOtherLengths_AreRefused()
    {
        var (path, element) = (new DataField<string>("path"), new DataField("element", typeof(float), false));
        using (var stream = File.Create(_folder["f.parquet"]))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(path,
                new ListField("features", element)), stream);
            foreach (var (image, length) in new[] { ("a.png", 3), ("below/b.png", 2) })
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync(path, new[] { image });
                await group.WriteAllPartsAsync<float>(element, new float[length],
                    Enumerable.Repeat(element.MaxDefinitionLevel, length).ToArray(),
                    Enumerable.Range(0, length).Select(i => i > 0 ? 1 : 0).ToArray(),
                    TestContext.Current.CancellationToken);
            }
        }
        Refused("expected rows of one length in", _folder["f.parquet"], "found 3 and 2 numbers");
    }

    private async Task<string> Lists(string name, bool nullable = false, int[]? repeated = null)
    {
        var (path, element) = (new DataField<string>("path"), new DataField("element", typeof(float), nullable));
        using var stream = File.Create(_folder[name]);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(path,
            new ListField("features", element)), stream);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(path, new[] { "below/b.png", "a.png", "x.png" });
        int[] defined = [.. Enumerable.Repeat(element.MaxDefinitionLevel, 6)];
        await group.WriteAllPartsAsync<float>(element, new float[] { 1, 2, 3, -4.5f, 7, 8 }, defined,
            repeated ?? [0, 1, 0, 1, 0, 1], TestContext.Current.CancellationToken);
        return _folder[name];
    }

    [Fact]
    public async Task Parquet_ColumnsOfNumbers_AreTakenInTheirOrder()
    {
        var (path, one, two) = (new DataField<string>("path"), new DataField<float>("f0"), new DataField<double>("f1"));
        using (var stream = File.Create(_folder["f.parquet"]))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(path, one, two), stream);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(path, new[] { "below/b.png", "a.png" });
            await group.WriteAsync<float>(one, new float[] { 1, 3 });
            await group.WriteAsync<double>(two, new[] { 2, -4.5 });
        }
        using var rows = Read(_folder["f.parquet"]);
        AreRight(rows);
    }

    [Fact]
    public async Task Table_ThatDoesNotFit_IsOneLineAndLeavesNothing()
    {
        Refused("expected features of every image in", Npy("a.png\nx.png\n", 1, 2, 3, 4),
            "found none of below/b.png; paths are relative to the image folder");
        Refused("expected each image once in", Npy("a.png\na.png\n", 1, 2, 3, 4), "found 'a.png' twice");
        Refused("expected numbers within float16", Npy("a.png\nbelow/b.png\n", 1, 2, float.NaN, 4),
            "found NaN in column 0 of below/b.png");
        Refused("expected numbers within float16", Npy("a.png\nbelow/b.png\n", 1, 1e6f, 3, 4),
            "found 1000000 in column 1 of a.png");
        Refused("expected rows in", Zeros(2), "found none");
        Refused("expected rows of at most 1048576 numbers in", Zeros(1_048_577, "a.png", "below/b.png"),
            "found 1048577");
        Npy("a.png\nbelow/b.png\n", 1, 2, 3, 4);
        _folder.Write("f.txt", "a.png\n");
        Refused("f.npy has 2 rows, and f.txt has 1 image", _folder["f.npy"], "expected a row for each");
        File.Delete(_folder["f.txt"]);
        Refused("f.txt beside", _folder["f.npy"], "found none");
        Refused("no file", _folder["g.npy"], "expected a table of features");
        Refused("expected a whole Parquet file of features", _folder.Write("f.parquet", "PAR1 and no more"),
            "f.parquet");
        Refused("expected a whole Parquet file of features",
            _folder.Write("f.parquet", File.ReadAllBytes(await Lists("g.parquet"))[..^9]), "f.parquet");
    }

    /// <summary>The table is hashed, then read: another table in its place meanwhile must not be kept under the name of
    /// the first.</summary>
    [Fact]
    public void Table_ReplacedBetweenTwoLooks_IsRefusedAndLeavesNothing()
    {
        var path = Npy("a.png\nbelow/b.png\n", 1, 2, 3, 4);
        var meanwhile = new Meanwhile<SourceFile>(Files, () => Npy("a.png\nbelow/b.png\n", 5, 6, 7, 8));
        var message = Assert.Throws<InputException>(
            () => ForeignFeatures.Of(_folder["features"], path, meanwhile)).Message;
        Assert.Equal($"expected {path} to stay as it is while it is read, found it changed; run the same command again",
            message);
        Assert.Empty(Directory.GetFiles(_folder["features"], "*.features"));
        using var rows = Read(path);
        Assert.Equal([5, 6, 7, 8], rows.Rows([0, 1]));
    }

    [Fact]
    public void Names_ReplacedBetweenTwoLooks_AreRefused()
    {
        var path = Npy("a.png\nbelow/b.png\n", 1, 2, 3, 4);
        var meanwhile = new Meanwhile<SourceFile>(Files, () => Npy("below/b.png\na.png\n", 1, 2, 3, 4));
        Assert.Contains($"expected {_folder["f.txt"]} to stay as it is", Assert.Throws<InputException>(
            () => ForeignFeatures.Of(_folder["features"], path, meanwhile)).Message);
    }

    /// <summary>A list in whose first reading something else happens.</summary>
    private sealed class Meanwhile<T>(IReadOnlyList<T> list, Action happens) : IReadOnlyList<T>
    {
        public T this[int index] => list[index];

        public int Count => list.Count;

        public IEnumerator<T> GetEnumerator()
        {
            happens();
            return list.GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private void Refused(string start, string path, string rest)
    {
        var message = Assert.Throws<InputException>(() => Read(path)).Message;
        Assert.Contains(start, message);
        Assert.Contains(rest, message);
        Assert.DoesNotContain('\n', message);
        Assert.False(Directory.Exists(_folder["features"])
            && Directory.EnumerateFiles(_folder["features"], "*.features").Any());
    }
}
