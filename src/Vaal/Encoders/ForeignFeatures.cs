using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text;
using Parquet;
using Parquet.Schema;
using Vaal.Data;
using Vaal.Data.Features;

namespace Vaal.Encoders;

/// <summary>
/// Features that were made elsewhere, matched with images by their paths. They are a Parquet table with a column
/// <c>path</c>, or a <c>.npy</c> table with a <c>.txt</c> file of the same name beside it: one path per line, in the
/// order of the rows.
/// </summary>
internal static class ForeignFeatures
{
    private const int RowsInBlock = 256, MostColumns = 1 << 20;

    public static bool Recognises(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    /// <summary>That a <c>.npy</c> table has its list of paths.</summary>
    /// <exception cref="InputException">it has none</exception>
    public static void CheckList(string path)
    {
        if (Names(path) is { } list && !File.Exists(list))
            throw new InputException(
                $"expected {list} beside {path}, one path per line in the order of the rows, found none");
    }

    /// <summary>Brings the rows of these files into the folder of features. The whole table is read each time, because
    /// its rows are kept by its content.</summary>
    /// <param name="folder">of features</param>
    /// <param name="path">of the table; rows of other paths are passed over</param>
    /// <param name="files">images, by their paths relative to the pool's root</param>
    /// <exception cref="InputException">the table cannot be read, lacks an image, or holds no numbers</exception>
    public static FeatureRows Of(string folder, string path, IReadOnlyList<SourceFile> files,
        CancellationToken cancel = default)
    {
        List<SameFile> sources = [new(path, "a table of features")];
        if (Names(path) is { } list && File.Exists(list)) sources.Add(new(list));
        var digest = sources is [var table, var names] ? Hash($"{table.Sha256} {names.Sha256}") : sources[0].Sha256;
        var wanted = files.Index().ToDictionary(f => f.Item.Path, f => f.Index);
        var found = new HashSet<int>();
        var name = $"{Path.GetFileNameWithoutExtension(path)}-{digest[..12]}.features";
        var stamps = Array.ConvertAll([.. files], f => FeatureKey.OfPath(f.Path));
        FeatureFile? file = null;
        var (keep, whole) = (File.Exists(Path.Combine(folder, name)), false);
        try
        {
            Half[] block = [];
            var keys = new List<FeatureKey>();
            Read(path, (image, row) =>
            {
                cancel.ThrowIfCancellationRequested();
                if (row.Length > MostColumns)
                    throw new InputException(
                        $"expected rows of at most {MostColumns} numbers in {path}, found {row.Length}");
                if (file is null)
                {
                    file = FeatureFile.Open(Path.Combine(Path.GetFullPath(folder), name), digest, row.Length, cancel);
                    block = new Half[RowsInBlock * row.Length];
                }
                if (row.Length != file.Dim)
                    throw new InputException(
                        $"expected rows of one length in {path}, found {file.Dim} and {row.Length} numbers");
                if (!wanted.TryGetValue(Plain(image), out var at)) return;
                if (!found.Add(at)) throw new InputException(
                    $"expected each image once in {path}, found '{image}' twice");
                if (file.RowOf(stamps[at]) >= 0) return;
                if (!file.IsWriting) file.BeginWriting(TimeSpan.FromSeconds(5), cancel);
                Convert(row, block.AsSpan(keys.Count * row.Length, row.Length), path, image);
                keys.Add(new(stamps[at], stamps[at]));
                if (keys.Count == RowsInBlock) Flush(file, keys, block);
            });
            if (file is null) throw new InputException($"expected rows in {path}, found none");
            if (found.Count < files.Count)
            {
                var missing = Enumerable.Range(0, files.Count).Where(i => !found.Contains(i)).ToList();
                throw new InputException(
                    $"expected features of every image in {path}, found none of {files[missing[0]].Path}"
                    + (missing.Count > 1 ? $" and {missing.Count - 1} more" : "")
                        + "; paths are relative to the image folder");
            }
            Flush(file, keys, block);
            if (file.IsWriting)
            {
                keep = false;                                       // rows of another table would stay under this name
                sources.ForEach(s => s.Verify());
            }
            file.EndWriting();
            whole = true;
            return file.Rows(Array.ConvertAll(stamps, file.RowOf), new Dictionary<int, string>());
        }
        finally
        {
            file?.Dispose();
            if (!keep && !whole && file is not null) File.Delete(file.Path);
        }
    }

    private static void Flush(FeatureFile file, List<FeatureKey> keys, Half[] block)
    {
        if (keys.Count == 0) return;
        file.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(keys),
            block.AsSpan(0, keys.Count * file.Dim), []);
        keys.Clear();
    }

    private static void Convert(ReadOnlySpan<float> row, Span<Half> halves, string path, string image)
    {
        TensorPrimitives.ConvertToHalf(row, halves);
        for (var c = 0; c < row.Length; c++)
            if (!Half.IsFinite(halves[c]))
                throw new InputException(FormattableString.Invariant(
                    $"expected numbers within float16 (±65504) in {path}, found {row[c]} in column {c} of {image}"));
    }

    private delegate void Row(string image, ReadOnlySpan<float> features);

    private static void Read(string path, Row row)
    {
        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)) ReadNpy(path, row);
        else ReadParquetAsync(path, row).GetAwaiter().GetResult();
    }

    private static void ReadNpy(string path, Row row)
    {
        CheckList(path);
        var list = Names(path)!;
        string[] names = [.. RegularFile.ReadAllLines(list).Where(l => l.Length > 0)];
        Npy.Each(path, names.Length, Path.GetFileName(list), (i, values) => row(names[i], values));
    }

    private static async Task ReadParquetAsync(string path, Row row)
    {
        try
        {
            await using var stream = RegularFile.OpenRead(path);
            await using var reader = await ParquetReader.CreateAsync(stream);
            var names = reader.Schema.DataFields.FirstOrDefault(f =>
                f.Name.Equals("path", StringComparison.OrdinalIgnoreCase) && IsText(f))
                ?? throw new InputException(
                    $"expected a text column 'path' in {path}, found "
                        + string.Join(", ", reader.Schema.DataFields.Take(10).Select(f => f.Name)));
            DataField[] columns = [.. reader.Schema.DataFields.Where(IsNumber)];
            if (columns.Length == 0) throw new InputException(
                $"expected columns of float or double in {path}, or one list of them, found none");
            if (columns.Any(c => c.MaxRepetitionLevel > 0) && columns.Length > 1)
                throw new InputException($"expected one list of numbers, or columns of numbers, in {path}, found both");
            for (var g = 0; g < reader.RowGroupCount; g++)
            {
                using var group = reader.OpenRowGroupReader(g);
                var images = new string[checked((int)group.RowCount)];
                await group.ReadAsync(names, images.AsMemory()!, null);
                var values = new List<float[]>();
                foreach (var column in columns) values.Add(await Numbers(group, column, path));
                Give(images, values, path, row);
            }
        }
        // a damaged file may break the parser anywhere: it is somebody else's code, and it throws whatever comes up
        catch (Exception e) when (e is not (InputException or OperationCanceledException))
        {
            throw new InputException($"expected a whole Parquet file of features in {path}, found: {e.Message}", e);
        }
    }

    private static void Give(string[] images, List<float[]> columns, string path, Row row)
    {
        if (images.Length == 0) return;
        var isList = columns is [var only] && only.Length != images.Length;
        if (isList && columns[0].Length % images.Length != 0)
            throw new InputException(
                $"expected lists of one length in {path}, found {columns[0].Length} numbers in {images.Length} rows");
        var features = new float[isList ? columns[0].Length / images.Length : columns.Count];
        for (var i = 0; i < images.Length; i++)
        {
            if (isList) columns[0].AsSpan(i * features.Length, features.Length).CopyTo(features);
            else for (var c = 0; c < features.Length; c++) features[c] = columns[c][i];
            row(images[i], features);
        }
    }

    private static async Task<float[]> Numbers(ParquetRowGroupReader group, DataField field, string path)
    {
        var count = checked((int)(group.GetMetadata(field)?.MetaData?.NumValues ?? group.RowCount));
        var defined = new int[field.MaxDefinitionLevel > 0 ? count : 0];
        var repeated = new int[field.MaxRepetitionLevel > 0 ? count : 0];
        var numbers = field.ClrType == typeof(float) ? await Of<float>()
            : Array.ConvertAll(await Of<double>(), v => (float)v);
        if (defined.Any(d => d != field.MaxDefinitionLevel))
            throw new InputException($"expected a number in every row of {field.Name} in {path}, found null");
        // a list begins where the level is 0: of lists of 3 and 1 each image would have two numbers
        int[] begins = [.. repeated.Index().Where(r => r.Item == 0).Select(r => r.Index), repeated.Length];
        if (begins.Length > 2 && begins.Zip(begins.Skip(1), (from, to) => to - from).Distinct().Take(2).ToArray()
            is [var one, var other])
            throw new InputException($"expected lists of one length in {path}, found {one} and {other} numbers");
        return numbers;

        async Task<T[]> Of<T>() where T : struct
        {
            var values = new T[count];
            await group.ReadRawAsync(field, values.AsMemory(), Levels(defined), Levels(repeated));
            return values;
        }

        static Memory<int>? Levels(int[] levels) => levels.Length > 0 ? levels.AsMemory() : (Memory<int>?)null;
    }

    private static bool IsText(DataField field) => !field.IsArray
        && (field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>));

    private static bool IsNumber(DataField field) => field.ClrType == typeof(float) || field.ClrType == typeof(double);

    private static string? Names(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)
        ? Path.ChangeExtension(path, ".txt") : null;

    private static string Plain(string path)
    {
        path = path.Replace('\\', '/');
        return path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
    }

    private static string Hash(string text) =>
        System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
