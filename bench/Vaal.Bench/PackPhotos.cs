using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Vaal.Data;
using Vaal.Data.Formats;
using Vaal.Encoders;

namespace Vaal.Bench;

/// <summary>
/// Draws the photographs that come with the program from a folder of {train,test}/class/*.jpg, and makes their
/// features. Rule: for each class, order the files by the SHA-256 of their path and take the first 40 for training
/// and 20 for tests; then put all that were taken into the order of their paths, training ones first. The files stay
/// as they are.
/// </summary>
internal static class PackPhotos
{
    private const int MostBytes = 950_000;
    private static readonly (string Set, int PerClass)[] Sets = [(EmbeddedPhotos.Train, 40), ("test/", 20)];

    /// <summary>pack-photos PHOTOS FOLDER</summary>
    public static int Run(string[] args)
    {
        var (source, target) = (args.Text(0), args.Text(1));
        string[] paths = [.. Sets.SelectMany(set => Directory.GetDirectories(Path.Combine(source, set.Set))
            .SelectMany(folder => Directory.GetFiles(folder, "*.jpg")
                .Select(file => Path.GetRelativePath(source, file).Replace('\\', '/'))
                .OrderBy(Hash, StringComparer.Ordinal).Take(set.PerClass))
            .Order(StringComparer.Ordinal))];
        Directory.CreateDirectory(target);
        var pack = 0;
        for (var first = 0; first < paths.Length;)
        {
            long bytes = 0;
            using var file = File.Create(Path.Combine(target, $"photos-{++pack}.zip"));
            using var archive = new ZipArchive(file, ZipArchiveMode.Create);
            for (; first < paths.Length && bytes < MostBytes - 20_000; first++)
            {
                var photograph = File.ReadAllBytes(Path.Combine(source, paths[first]));
                var entry = archive.CreateEntry(paths[first], CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTime(2019, 1, 1);                      // the same files, the same archive
                using var stream = entry.Open();
                stream.Write(photograph);
                bytes += photograph.Length + 2 * paths[first].Length + 100;
            }
        }
        File.WriteAllBytes(Path.Combine(target, "photos.f16"), Features(source, paths));
        Console.WriteLine($"{paths.Length} photographs in {pack} files");
        return 0;
    }

    private static byte[] Features(string source, string[] paths)
    {
        using var encoder = ResNet18Encoder.OpenRuntime();
        var folder = Directory.CreateTempSubdirectory("vaal-photos");
        try
        {
            using var rows = FeatureStore.Open(folder.FullName, encoder).Of(ImageRoot.OfDataSet(source),
                [.. paths.Select(p => new SourceFile(p, new FileInfo(Path.Combine(source, p)).Length, 0))]);
            Half[] values = [.. rows.Rows([.. Enumerable.Range(0, paths.Length)]).Select(v => (Half)v)];
            return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
}
